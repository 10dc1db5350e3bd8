import { readFileSync, writeFileSync } from "node:fs";

// Preloaded into the process that is measured (node --import): writes its peak of resident memory, in
// kB, to $BENCH_PEAK_FILE at its end. JavaScript, because what strips types would be measured too.
const { BENCH_PEAK_FILE = "" } = process.env;
process.on("exit", () => writeFileSync(BENCH_PEAK_FILE, String(peak())));

/** The kernel's own mark; getrusage counts what the parent had before the program began. */
function peak() {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
  } catch {
    return process.resourceUsage().maxRSS;
  }
}
