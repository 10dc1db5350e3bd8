import { yellow } from "../terminal/style.ts";
import { columns } from "../terminal/units.ts";

/** Where a command for a shell begins: at the beginning of a way, or behind `do this: `. */
const start = /(?:^|: )(?=(?:aws|docker|eval|git|rm|slipway) )/;

/** What a shell takes as one word stays in one line. */
const word = /(?:'[^']*'|"[^"]*"|\\.|\S)+/g;

/**
 * A way out of a problem, behind `try`. A command that takes several lines has `\` at their ends: pasted as it stands, it
 * is still one command, and not its beginning alone.
 */
export function wayLines(way: string, indent: string, width = Number.POSITIVE_INFINITY): string[] {
  const label = (line: string) =>
    line.replace(/^( *)try/, (_, before) => `${before}${yellow("try")}`);
  const begin = start.exec(way);
  const whole = columns([["try", way]], { indent, width }).map(label);
  if (begin === null || whole.length < 2) return whole;
  const prose = way.slice(0, begin.index + begin[0].length).trimEnd();
  const command = broken(way.slice(begin.index + begin[0].length), width - indent.length - 5);
  const hanging = command.map((line) => `${" ".repeat(indent.length + 5)}${line}`);
  if (prose !== "") return [...columns([["try", prose]], { indent, width }).map(label), ...hanging];
  const [first = "", ...rest] = hanging;
  return [label(`${indent}try  ${first.trimStart()}`), ...rest];
}

/** A command in lines that a shell reads as one. */
function broken(command: string, width: number): string[] {
  const lines: string[] = [];
  for (const part of command.match(word) ?? []) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + part.length + 3 <= width)
      lines[lines.length - 1] = `${line} ${part}`;
    else lines.push(part);
  }
  return lines.map((line, at) => (at < lines.length - 1 ? `${line} \\` : line));
}
