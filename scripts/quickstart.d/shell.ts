import { type ChildProcess, spawn } from "node:child_process";
import { Refusal } from "../say.ts";

/** Where the commands of the quickstart run. */
export interface Place {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** A title between two parts of the story. */
export function title(text: string): void {
  const [bold, plain] = process.stdout.isTTY ? ["\u001b[1m", "\u001b[22m"] : ["", ""];
  process.stdout.write(`\n${bold}# ${text}${plain}\n`);
}

/** Shows a command line and lets the command speak for itself; refuses to go on when it fails. */
export async function show(line: string, argv: readonly string[], place: Place): Promise<void> {
  process.stdout.write(`\n$ ${line}\n`);
  const child = begin(argv, place, "inherit");
  await ended(child, line);
}

/** Runs a command out of sight and answers with what it printed on stdout. */
export async function ask(argv: readonly string[], place: Place): Promise<string> {
  const child = begin(argv, place, "pipe");
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  await ended(child, argv.join(" "), stderr);
  return stdout.join("").trim();
}

/** As `ask`, with the command line and the answer shown. */
export async function showAnswer(argv: readonly string[], place: Place): Promise<string> {
  process.stdout.write(`\n$ ${argv.join(" ")}\n`);
  const answer = await ask(argv, place);
  process.stdout.write(`${answer}\n`);
  return answer;
}

function begin(argv: readonly string[], place: Place, output: "inherit" | "pipe"): ChildProcess {
  const [program = "", ...args] = argv;
  const { cwd, env, signal } = place;
  signal.throwIfAborted();
  const child = spawn(program, args, { cwd, env, stdio: ["ignore", output, output] });
  stopWith(signal, child);
  return child;
}

/** Ctrl-C reaches the command too, and a second signal would make it leave without tidying up. */
const graceMs = 2_000;

function stopWith(signal: AbortSignal, child: ChildProcess): void {
  const stop = () => {
    const late = setTimeout(() => child.kill("SIGTERM"), graceMs);
    child.once("close", () => clearTimeout(late));
  };
  signal.addEventListener("abort", stop, { once: true });
  child.once("close", () => signal.removeEventListener("abort", stop));
}

function ended(child: ChildProcess, line: string, stderr: readonly string[] = []): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("error", ({ message }) => reject(new Refusal(`${line}: ${message}`)));
    child.once("close", (code) => {
      if (code === 0) return resolve();
      const said = stderr.join("").trim();
      reject(new Refusal(`${line}: ended with ${code ?? "a signal"}${said && `\n${said}`}`));
    });
  });
}

function collect(stream: NodeJS.ReadableStream | null): string[] {
  const chunks: string[] = [];
  stream?.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
  return chunks;
}
