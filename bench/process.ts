import { spawn } from "node:child_process";
import { Refusal } from "../scripts/say.ts";

export interface ProcessPlace {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

export interface Ran {
  /** From the start of the process to its end. */
  readonly milliseconds: number;
  readonly stdout: string;
}

export interface RunOptions {
  /** What it reads from stdin. */
  readonly input?: string;
  /** Exit statuses that are no failure; 0 by default. */
  readonly accepts?: readonly number[];
}

/** Runs a program out of sight. Throws a Refusal with its last words when it fails. */
export async function run(
  argv: readonly string[],
  { cwd, env, signal }: ProcessPlace,
  { input = "", accepts = [0] }: RunOptions = {},
): Promise<Ran> {
  const [program = "", ...args] = argv;
  signal.throwIfAborted();
  const started = performance.now();
  const child = spawn(program, args, { cwd, env, signal, stdio: ["pipe", "pipe", "pipe"] });
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  child.stdin.on("error", () => {}); // it need not read what it is given
  child.stdin.end(input);
  return await new Promise((resolve, reject) => {
    const line = argv.slice(0, 4).join(" ");
    let milliseconds = 0;
    child.once("error", (error) =>
      reject(signal.aborted ? error : new Refusal(`${line}: ${error.message}`)),
    );
    child.once("exit", () => {
      milliseconds = performance.now() - started;
    });
    child.once("close", (code) => {
      if (accepts.includes(code ?? -1)) return resolve({ milliseconds, stdout: stdout.join("") });
      const said = stderr.join("").trim().split("\n").slice(-8).join("\n");
      reject(new Refusal(`${line}: ended with ${code ?? "a signal"}\n${said}`));
    });
  });
}

function collect(stream: NodeJS.ReadableStream): string[] {
  const chunks: string[] = [];
  stream.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
  return chunks;
}
