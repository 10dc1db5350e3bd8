import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Refusal } from "../say.ts";

export interface Running {
  readonly pid: number;
  /** The program's file is no longer on disk. */
  readonly gone: boolean;
}

const deleted = " (deleted)";

/** The processes that run exactly this file: surer than a pidfile, which may outlive its process. */
export function processesOf(program: string): readonly Running[] {
  return pids().flatMap((pid): Running[] => {
    const file = programOf(pid);
    if (file === program) return [{ pid, gone: false }];
    return file === program + deleted ? [{ pid, gone: true }] : [];
  });
}

/** Whether a process of this name runs, other than the given ones. */
export function runsElsewhere(name: string, ours: readonly Running[]): boolean {
  return pids()
    .filter((pid) => !ours.some((own) => own.pid === pid))
    .some((pid) => nameOf(pid) === name);
}

/** Asks a process to end and waits for it; 20 seconds later it is ended without being asked. */
export async function endProcess(pid: number): Promise<void> {
  for (const [signal, patience] of [
    ["SIGTERM", 20_000],
    ["SIGKILL", 5_000],
  ] as const) {
    if (!send(pid, signal)) return;
    const deadline = Date.now() + patience;
    while (Date.now() < deadline) {
      if (!send(pid, 0)) return;
      await sleep(50);
    }
  }
  throw new Refusal(`process ${pid} does not end`);
}

function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

function pids(): readonly number[] {
  if (!existsSync("/proc")) return []; // not Linux: nothing of ours can run
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0);
}

function programOf(pid: number): string {
  try {
    return readlinkSync(join("/proc", String(pid), "exe"));
  } catch {
    return ""; // ended meanwhile, or a thread of the kernel
  }
}

function nameOf(pid: number): string {
  try {
    return readFileSync(join("/proc", String(pid), "comm"), "utf8").trim();
  } catch {
    return "";
  }
}
