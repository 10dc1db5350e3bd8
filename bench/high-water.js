import { readFileSync } from "node:fs";

// JavaScript, because what strips types would be measured too.

/** The resident memory of this process at its most, in kB: the kernel's own mark; getrusage counts what the parent had before the program began. */
export function highWater() {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
  } catch {
    return process.resourceUsage().maxRSS;
  }
}
