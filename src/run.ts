import { ExecaError, execa } from "execa";
import { SlipwayError } from "./errors.ts";

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the process's own environment. Secrets belong here or in `input`, never in `args`. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which the process is ended; none means that it may take its time. */
  readonly timeout?: number;
  /** Called with every line of stderr as it comes. */
  readonly onErrorLine?: (line: string) => void;
}

export interface RunResult {
  /** `undefined` when a signal ended the process. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  /** The end of stderr: at most the last 200 lines. */
  readonly errorTail: readonly string[];
}

const tailLines = 200;

/**
 * Runs a program to its end and answers with its exit code and output; a failing exit code is an
 * answer, not an error. The one place of Slipway that starts a process: arguments are a list, no shell
 * reads them. Throws TOOL_MISSING when there is no such program, INTERRUPTED when `signal` stopped it,
 * PROCESS_FAILED when it outlived `timeout`.
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const { cwd, env, input, signal, timeout, onErrorLine } = options;
  const child = execa(program, args, {
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && { env }),
    ...(input === undefined ? { stdin: "ignore" as const } : { input }),
    ...(signal !== undefined && { cancelSignal: signal }),
    ...(timeout !== undefined && { timeout }),
    buffer: { stdout: true, stderr: false },
    forceKillAfterDelay: 10_000,
    reject: false,
  });
  const [result, errorTail] = await Promise.all([child, keepTail(child, onErrorLine)]);
  if (result instanceof ExecaError) refuseIfNeverRan(result, program);
  return { exitCode: result.exitCode, stdout: String(result.stdout ?? ""), errorTail };
}

/** As `run`, and throws PROCESS_FAILED with the end of stderr when the exit code is not 0. */
export async function runOrThrow(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const result = await run(program, args, options);
  if (result.exitCode === 0) return result;
  const said = result.errorTail.slice(-5).join("\n");
  throw new SlipwayError(
    "PROCESS_FAILED",
    `${program} ${args[0] ?? ""} ended with ${result.exitCode ?? "a signal"}${said ? `: ${said}` : ""}`,
  );
}

async function keepTail(
  child: { iterable(options: { from: "stderr" }): AsyncIterable<unknown> },
  onLine: (line: string) => void = () => {},
): Promise<string[]> {
  const tail: string[] = [];
  try {
    for await (const line of child.iterable({ from: "stderr" })) {
      onLine(String(line));
      tail.push(String(line));
      if (tail.length > tailLines) tail.shift();
    }
  } catch {
    // The process's own result tells what happened to it.
  }
  return tail;
}

function refuseIfNeverRan(error: ExecaError, program: string): void {
  if (error.code === "ENOENT") {
    throw new SlipwayError("TOOL_MISSING", `'${program}' is not installed or not on PATH`, {
      cause: error,
    });
  }
  if (error.isCanceled) {
    throw new SlipwayError("INTERRUPTED", `${program} was stopped`, { cause: error });
  }
  if (error.timedOut) {
    throw new SlipwayError("PROCESS_FAILED", `${program} did not end in time`, { cause: error });
  }
}
