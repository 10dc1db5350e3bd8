import { execFile } from "node:child_process";
import { promisify, stripVTControlCharacters } from "node:util";

/** Runs a command line as someone at a terminal, by util-linux's `script`; what the terminal got. */
export async function onTerminal(
  words: readonly string[],
  { cwd, columns }: { readonly cwd: string; readonly columns: number },
) {
  const { CI, NO_COLOR, ...env } = process.env;
  const command = `stty rows 30 cols ${columns}; ${words.join(" ")}`;
  const run = promisify(execFile)("script", ["-qec", command, "/dev/null"], {
    cwd,
    env: { ...env, TERM: "xterm-256color" },
  });
  const { code, stdout } = await run.then(
    (ended) => ({ code: 0, ...ended }),
    (error: { code: number; stdout: string }) => error,
  );
  return { exit: code, raw: stdout, said: stripVTControlCharacters(stdout) };
}

const begin = "\u001b";
/** A command to the terminal, its parameter and its letter, or a character. */
const tokens = new RegExp(`${begin}\\[\\??([\\d;]*)([a-zA-Z])|.`, "gsu");

interface Terminal {
  readonly lines: string[];
  row: number;
  column: number;
}

const commands: Readonly<Record<string, (on: Terminal, parameter: string) => void>> = {
  "[A": (on, by) => (on.row = Math.max(0, on.row - Number(by || 1))),
  "[B": (on, by) => (on.row += Number(by || 1)),
  "[G": (on, to) => (on.column = Number(to || 1) - 1),
  "[K": (on, how) => (on.lines[on.row] = how === "2" ? "" : lineOf(on).slice(0, on.column)),
  "\r": (on) => (on.column = 0),
  "\n": (on) => (on.row += 1),
};

/** What stands on a terminal, line by line, after all this was written to it: as far as live lines need one. */
export function linesOn(raw: string): string[] {
  const on: Terminal = { lines: [], row: 0, column: 0 };
  for (const [token, parameter = "", letter] of raw.matchAll(tokens)) {
    const command = commands[letter === undefined ? token : `[${letter}`];
    if (command) command(on, parameter);
    else if (letter === undefined) put(on, token);
  }
  return Array.from(on.lines, (line = "") => line.trimEnd());
}

function put(on: Terminal, character: string): void {
  const line = lineOf(on);
  on.lines[on.row] =
    line.padEnd(on.column).slice(0, on.column) + character + line.slice(on.column + 1);
  on.column += 1;
}

function lineOf({ lines, row }: Terminal): string {
  return lines[row] ?? "";
}
