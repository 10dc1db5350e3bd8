import { DockerfileParser, type Heredoc, type Instruction as Parsed } from "dockerfile-ast";
import { type Command, commandsOf } from "./commands.ts";

/** `NAME=value` of ENV and ARG; `null` is an ARG without a default. */
export interface Pair {
  readonly name: string;
  readonly value: string | null;
}

/** One instruction, in the terms that rules think in. Lines count from 1. */
export interface Instruction {
  /** In capitals, whatever the file says. */
  readonly keyword: string;
  readonly line: number;
  readonly lastLine: number;
  readonly flags: readonly { readonly name: string; readonly value: string }[];
  /** What stands after the flags, word by word; in JSON form its strings. A heredoc's body is no word. */
  readonly words: readonly string[];
  readonly isJson: boolean;
  /** Of ENV and ARG. */
  readonly pairs: readonly Pair[];
  /** Of RUN; those of a script in a heredoc as well. */
  readonly commands: readonly Command[];
}

export interface ParsedText {
  readonly instructions: readonly Instruction[];
  readonly comments: readonly { readonly line: number; readonly text: string }[];
}

/** The most bytes of a line that BuildKit takes (buildkit, frontend/dockerfile/parser: bufio.MaxScanTokenSize - 1). */
export const longestLine = 65_535;

/** The number of the first line that BuildKit does not take for its length; reading one of megabytes would take minutes. */
export function tooLongLine(text: string): number | undefined {
  const at = text
    .split("\n")
    .findIndex((line) => 3 * line.length > longestLine && Buffer.byteLength(line) > longestLine);
  return at === -1 ? undefined : at + 1;
}

/**
 * Reads the text of a Dockerfile: parser directives, continuations, comments amid them, heredocs and
 * Windows line ends are seen to. What is no instruction of ours stays one, under its own keyword. Of a text with a line
 * that BuildKit does not take nothing is read.
 */
export function parseText(text: string): ParsedText {
  if (tooLongLine(text) !== undefined) return { instructions: [], comments: [] };
  // The parser leaves comments within an instruction in its text where lines end in CR LF.
  const unix = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const lines = unix.split("\n");
  const parsed = DockerfileParser.parse(unix);
  return {
    instructions: parsed
      .getInstructions()
      .map((one) => instructionOf(one as unknown as Any, lines)),
    comments: parsed.getComments().map((comment) => ({
      line: comment.getRange().start.line + 1,
      text: comment.getContent(),
    })),
  };
}

/** What the kinds of instruction of the parser have beside the common. */
type Any = Pick<Parsed, "getRange" | "getKeyword" | "getArgumentsContent"> & {
  getFlags?(): { getName(): string; getValue(): string | null }[];
  getHeredocs?(): Heredoc[];
  getJSONStrings?(): { getJSONValue(): string }[];
  getClosingBracket?(): unknown;
  getProperties?(): { getName(): string; getValue(): string | null }[];
};

function instructionOf(parsed: Any, lines: readonly string[]): Instruction {
  const { start, end } = parsed.getRange();
  const keyword = parsed.getKeyword();
  const content = parsed.getArgumentsContent() ?? "";
  const heredocs = keyword === "ONBUILD" ? [] : (parsed.getHeredocs?.() ?? []);
  const bodies = heredocs.map((heredoc) => bodyOf(heredoc, lines));
  const head = bodies.length === 0 ? content : (content.split("\n", 1)[0] ?? "");
  // An empty list of strings is JSON too.
  const isJson = Boolean(parsed.getClosingBracket?.()) && isJsonList(head);
  return {
    keyword,
    line: start.line + 1,
    lastLine: end.line + 1,
    flags: (parsed.getFlags?.() ?? []).map((flag) => ({
      name: flag.getName(),
      value: flag.getValue() ?? "",
    })),
    words: isJson ? (JSON.parse(head) as unknown[]).map(String) : head.split(/\s+/).filter(Boolean),
    isJson,
    pairs: (parsed.getProperties?.() ?? []).map((pair) => ({
      name: pair.getName(),
      value: pair.getValue(),
    })),
    commands: keyword === "RUN" ? commandsOf(scriptOf(head, isJson, bodies)) : [],
  };
}

function isJsonList(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false;
  }
}

function bodyOf(heredoc: Heredoc, lines: readonly string[]): string {
  const range = heredoc.getContentRange();
  if (range === null) return "";
  return lines.slice(range.start.line, range.end.line + 1).join("\n");
}

/** `RUN <<EOF`, or with a shell before or behind it, is the body; otherwise it is only what a command reads. */
function scriptOf(head: string, isJson: boolean, bodies: readonly string[]): string {
  if (isJson) return (JSON.parse(head) as unknown[]).map(shellQuoted).join(" ");
  const isScript =
    /^(?:(?:\/\S*\/)?(?:ba|da|a|z)?sh\s+(?:-\S+\s+)*)?<<-?\S+(?:\s+(?:\/\S*\/)?(?:ba|da|a|z)?sh.*)?$/;
  if (bodies.length === 0 || !isScript.test(head.trim())) return head;
  return bodies.join("\n");
}

function shellQuoted(word: unknown): string {
  return `'${String(word).replaceAll("'", "'\\''")}'`;
}
