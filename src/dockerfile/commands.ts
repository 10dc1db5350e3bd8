/** One simple command of a shell script. */
export interface Command {
  /** The program's name without its folder; `""` for assignments alone. */
  readonly program: string;
  readonly args: readonly string[];
  /** `NAME=value` before the program. */
  readonly assignments: readonly string[];
}

const reserved = new Set(["if", "then", "elif", "else", "while", "until", "do", "{", "!", "time"]);
const wrappers = new Set(["sudo", "env", "exec", "command", "eatmydata", "nohup"]);
const shells = new Set(["sh", "bash", "ash", "dash", "zsh"]);

/**
 * The simple commands of a script, in order: what stands between `;`, `&&`, `||`, `|` and line ends
 * (POSIX XCU 2.10), those of `sh -c '…'` as well. Substitutions are not looked into. What is no shell
 * (PowerShell, Python) comes out as commands that no rule knows.
 */
export function commandsOf(script: string): readonly Command[] {
  return splitWords(script).flatMap((words) => {
    const command = commandOf(words);
    const at = shells.has(command.program) ? command.args.findIndex(isCommandFlag) : -1;
    const inner = at === -1 ? undefined : command.args[at + 1];
    return inner === undefined ? [command] : [command, ...commandsOf(inner)];
  });
}

function isCommandFlag(word: string): boolean {
  return /^-[a-z]*c$/.test(word);
}

function commandOf(words: readonly string[]): Command {
  const assignments: string[] = [];
  let at = 0;
  for (; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (/^[A-Za-z_]\w*\+?=/.test(word)) assignments.push(word);
    else if (!reserved.has(word) && !wrappers.has(word)) break;
  }
  const [program = "", ...args] = words.slice(at);
  return { program: program.slice(program.lastIndexOf("/") + 1), args, assignments };
}

interface Reading {
  readonly commands: string[][];
  words: string[];
  word: string | undefined;
}

function splitWords(script: string): readonly (readonly string[])[] {
  const reading: Reading = { commands: [], words: [], word: undefined };
  for (let at = 0; at < script.length; ) at = step(script, at, reading);
  endCommand(reading);
  return reading.commands;
}

/** Takes in what begins at `at`, and answers where the next begins. */
function step(script: string, at: number, reading: Reading): number {
  const char = script[at] ?? "";
  const isSubstitution = script.startsWith("$(", at);
  const long = spans[isSubstitution ? "$(" : char];
  if (long !== undefined) return long(script, at, reading);
  if (char === "#" && reading.word === undefined) return endOfLine(script, at);
  if (isOperator(script, at)) endCommand(reading);
  else if (/[ \t]/.test(char)) endWord(reading);
  else reading.word = (reading.word ?? "") + char;
  return at + 1;
}

/** What goes on for more than a character. */
const spans: Readonly<Record<string, typeof step>> = {
  "\\": escaped,
  "'": quoted,
  '"': quoted,
  "`": quoted,
  "$(": substitution,
};

/** `2>&1` and `&>file` are no ends. */
function isOperator(script: string, at: number): boolean {
  const char = script[at] ?? "";
  if (char === "&") return script[at - 1] !== ">" && script[at + 1] !== ">";
  return ";|()\n".includes(char);
}

function escaped(script: string, at: number, reading: Reading): number {
  const next = script[at + 1] ?? "";
  if (next !== "\n") reading.word = (reading.word ?? "") + next;
  return at + 2;
}

function quoted(script: string, at: number, reading: Reading): number {
  const quote = script[at] ?? "";
  let end = at + 1;
  while (end < script.length && script[end] !== quote) {
    end += quote !== "'" && script[end] === "\\" ? 2 : 1;
  }
  reading.word = (reading.word ?? "") + script.slice(at + 1, end);
  return end + 1;
}

function substitution(script: string, at: number, reading: Reading): number {
  let depth = 0;
  let end = at + 1;
  for (; end < script.length; end += 1) {
    if (script[end] === "(") depth += 1;
    else if (script[end] === ")") depth -= 1;
    if (depth === 0) break;
  }
  reading.word = (reading.word ?? "") + script.slice(at, end + 1);
  return end + 1;
}

function endOfLine(script: string, from: number): number {
  const at = script.indexOf("\n", from);
  return at === -1 ? script.length : at;
}

function endWord(reading: Reading): void {
  if (reading.word !== undefined) reading.words.push(reading.word);
  reading.word = undefined;
}

function endCommand(reading: Reading): void {
  endWord(reading);
  if (reading.words.length > 0) reading.commands.push(reading.words);
  reading.words = [];
}
