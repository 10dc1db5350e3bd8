import { existsSync } from "node:fs";
import { constants } from "node:os";
import { basename } from "node:path";
import type { Writable } from "node:stream";
import { execa } from "execa";
import { SlipwayError } from "./errors.ts";

export interface RunOptions {
  readonly cwd?: string;
  /**
   * Laid over the process's own environment; `undefined` takes a variable away. Secrets belong here or
   * in `input`, never in `args`.
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What the program reads: a text, or pieces, each of which is taken before the next is asked for. */
  readonly input?: string | AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which the process is ended; none means that it may take its time. */
  readonly timeout?: number;
  /** Called with every line of stdout as it comes; stdout is then not kept, and `stdout` is empty. */
  readonly onLine?: (line: string) => void;
  /** Called with every line of stderr as it comes. */
  readonly onErrorLine?: (line: string) => void;
  /**
   * Leaves the program in the terminal's process group, for one that may ask its user something
   * (git for a passphrase). Otherwise it leads a group of its own, so that ending it ends whatever it started.
   */
  readonly sharesTerminal?: boolean;
}

export interface RunResult {
  /** `undefined` when a signal ended the process. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  /** The end of stderr: at most the last 200 lines. */
  readonly errorTail: readonly string[];
}

/** A process outlived the limit that it was given. */
export class OutOfTime extends SlipwayError {}

const tailLines = 200;
/** How long a process may take to end itself after being asked, before it is killed. */
const patience = 10_000;

/**
 * Runs a program to its end and answers with its exit code and output; a failing exit code is an
 * answer, not an error. The one place of Slipway that starts a process: arguments are a list, no shell
 * reads them. Throws TOOL_MISSING when there is no such program, INTERRUPTED when `signal` stopped it,
 * PROCESS_FAILED when it outlived `timeout`, or could not be started at all.
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const { cwd, env, input, signal, onLine, onErrorLine, sharesTerminal = false } = options;
  if (signal?.aborted) throw interrupted(program);
  const child = execa(program, args, {
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && { env }),
    ...stdinOf(input),
    buffer: { stdout: onLine === undefined, stderr: false },
    detached: !sharesTerminal && process.platform !== "win32",
    reject: false,
  });
  using watch = watchOver(child, { signal, timeout: options.timeout, alone: sharesTerminal });
  const [result, errorTail] = await Promise.all([
    child,
    readLines(child, "stderr", onErrorLine),
    onLine && readLines(child, "stdout", onLine),
    feed(child.stdin, input),
  ]);
  if (child.pid === undefined) throw neverRan(program, cwd, result);
  if (result.exitCode !== 0) refuseIfEnded(watch, [program, ...args.slice(0, 1)], options.timeout);
  const stdout = onLine === undefined ? String(result.stdout ?? "") : "";
  return { exitCode: result.exitCode, stdout, errorTail };
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

const passedOn = ["SIGTERM", "SIGHUP"] as const;

/**
 * Runs a program in the foreground, with our own terminal, and answers with its exit status as shells
 * count it: 128 and the signal's number when a signal ended it. Ctrl-C reaches it by the terminal; SIGTERM
 * and SIGHUP, which may be sent to us alone, are passed on. Throws TOOL_MISSING when there is no such program.
 */
export async function runInForeground(
  program: string,
  args: readonly string[],
  env: NonNullable<RunOptions["env"]>,
): Promise<number> {
  const child = execa(program, args, { env, stdio: "inherit", reject: false });
  const passOn = (name: NodeJS.Signals) => sendTo(child.pid, true, name);
  for (const name of passedOn) process.on(name, passOn);
  const { exitCode, signal, code } = await child.finally(() => {
    for (const name of passedOn) process.off(name, passOn);
  });
  if (child.pid === undefined) throw neverRan(program, undefined, { code });
  return exitCode ?? 128 + (signal === undefined ? 0 : constants.signals[signal as NodeJS.Signals]);
}

function stdinOf(input: RunOptions["input"]) {
  if (typeof input === "string") return { input };
  return { stdin: input === undefined ? ("ignore" as const) : ("pipe" as const) };
}

/** Writes pieces as they are taken. Throws what kept them from coming; the program is then ended by its watch. */
async function feed(stdin: Writable | null, input: RunOptions["input"]): Promise<void> {
  if (stdin === null || typeof input !== "object") return;
  // A program that ended early reads no more: its own result tells why.
  stdin.on("error", () => {});
  for await (const piece of input) {
    const isTaken = await new Promise<boolean>((done) => {
      stdin.write(piece, (error) => done(!error));
    });
    if (!isTaken) return;
  }
  stdin.end();
}

async function readLines(
  child: { iterable(options: { from: "stdout" | "stderr" }): AsyncIterable<unknown> },
  from: "stdout" | "stderr",
  onLine: (line: string) => void = () => {},
): Promise<string[]> {
  const tail: string[] = [];
  const lines = child.iterable({ from })[Symbol.asyncIterator]();
  for (;;) {
    // A broken pipe is no news: the process's own result tells what happened to it.
    const next = await lines.next().catch(() => undefined);
    if (next === undefined || next.done) return tail;
    onLine(String(next.value));
    tail.push(String(next.value));
    if (tail.length > tailLines) tail.shift();
  }
}

// The library's own error is no cause to keep: it holds every argument.
function neverRan(
  program: string,
  cwd: string | undefined,
  { code }: { code?: string | undefined },
) {
  // Node answers ENOENT for a missing directory as it does for a missing program.
  if (cwd !== undefined && !existsSync(cwd)) {
    return new SlipwayError(
      "PROCESS_FAILED",
      `${program} cannot start in '${cwd}': no such directory`,
    );
  }
  if (code === "ENOENT") {
    return new SlipwayError("TOOL_MISSING", `'${program}' is not installed or not on PATH`);
  }
  if (code === "EACCES") {
    return new SlipwayError("TOOL_MISSING", `'${program}' may not be executed`);
  }
  return new SlipwayError("PROCESS_FAILED", `${program} could not be started (${code})`);
}

function refuseIfEnded(
  { endedBy }: Watch,
  [program = "", question]: readonly string[],
  timeout = 0,
): void {
  if (endedBy === "signal") throw interrupted(program);
  if (endedBy === "timeout") {
    const name = basename(program);
    const asked = question === undefined ? name : `${name} ${question}`;
    throw new OutOfTime("PROCESS_FAILED", `${asked} did not end within ${timeout / 1000} s`);
  }
}

function interrupted(program: string): SlipwayError {
  return new SlipwayError("INTERRUPTED", `${basename(program)} was stopped`);
}

interface Watch extends Disposable {
  /** Why we ended the process; `undefined` as long as we did not. */
  readonly endedBy: "signal" | "timeout" | undefined;
}

type Started = PromiseLike<unknown> & { readonly pid?: number | undefined };

interface WatchOptions {
  readonly signal: AbortSignal | undefined;
  readonly timeout: number | undefined;
  /** The process leads no group of its own, and is ended alone. */
  readonly alone: boolean;
}

/**
 * Watches over a started process until disposed: an abort, the time limit, or the end of our own
 * process ends it together with everything it started, first by SIGTERM, then by SIGKILL.
 */
function watchOver(child: Started, { signal, timeout, alone }: WatchOptions): Watch {
  const { pid } = child;
  let endedBy: Watch["endedBy"];
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const end = (why: "signal" | "timeout") => {
    endedBy ??= why;
    sendTo(pid, alone, "SIGTERM");
    clearTimeout(timer);
    timer = setTimeout(() => sendTo(pid, alone, "SIGKILL"), patience);
  };
  const onAbort = () => end("signal");
  const onExit = () => sendTo(pid, alone, "SIGTERM");
  signal?.addEventListener("abort", onAbort, { once: true });
  process.once("exit", onExit);
  if (timeout !== undefined) timer = setTimeout(end, timeout, "timeout");
  void child.then(() => {
    isOver = true;
  });
  return {
    get endedBy() {
      return endedBy;
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      process.removeListener("exit", onExit);
      if (!isOver) sendTo(pid, alone, "SIGTERM");
      // What outlived its leader in spite of SIGTERM has nobody left who would end it.
      else if (endedBy !== undefined && !alone) sendTo(pid, alone, "SIGKILL");
    },
  };
}

function sendTo(pid: number | undefined, alone: boolean, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    // A negative id means the group: what the program itself started ends with it.
    process.kill(alone || process.platform === "win32" ? pid : -pid, name);
  } catch {
    // It has ended meanwhile.
  }
}

/** Whether there is a process with this id; one that is not ours counts. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
