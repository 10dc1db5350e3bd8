import { type SpawnSyncOptions, spawnSync } from "node:child_process";
import { Refusal } from "./say.ts";

export interface Answer {
  /** False when the program is missing, failed or took too long. */
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CallOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Milliseconds; a script never waits for ever. */
  readonly timeout?: number;
}

/** Runs a program without a shell and answers with what it printed. */
export function call(
  program: string,
  args: readonly string[],
  { env = process.env, cwd, timeout = 60_000 }: CallOptions = {},
): Answer {
  const options: SpawnSyncOptions = {
    env,
    timeout,
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    maxBuffer: 64 << 20,
    ...(cwd !== undefined && { cwd }),
  };
  const { status, stdout, stderr, error } = spawnSync(program, args, options);
  return {
    ok: status === 0,
    stdout: String(stdout ?? ""),
    stderr: String(stderr ?? "") || (error?.message ?? ""),
  };
}

/** As `call`, and refuses to go on when the program failed. */
export function callOrRefuse(
  program: string,
  args: readonly string[],
  options: CallOptions = {},
): string {
  const { ok, stdout, stderr } = call(program, args, options);
  if (ok) return stdout;
  throw new Refusal(`${[program, ...args].join(" ")} failed:\n${stderr.trim()}`);
}
