import { SlipwayError } from "../errors.ts";
import { nearestWord } from "../wording.ts";

interface ParserError extends Error {
  readonly parse?: {
    /** What the command takes. */
    readonly input: { readonly flags: Readonly<Record<string, FlagSpec>> };
    /** What was typed, word for word. */
    readonly output?: {
      readonly raw: readonly { readonly type: string; readonly flag?: string }[];
    };
  };
  /** With an argument that is missing, or one too many. */
  readonly args?: readonly (string | { readonly name: string; readonly description?: string })[];
  /** With flags that the command does not have. */
  readonly flags?: readonly string[];
}

interface FlagSpec {
  readonly description?: string;
  readonly helpValue?: string | readonly string[];
  readonly multiple?: boolean;
}

/** What oclif's parser says of a call, in one line, and the help of the command. */
export function usageError(error: ParserError, help: string): SlipwayError {
  return new SlipwayError(
    "USAGE",
    missingArgument(error) ??
      unexpectedArgument(error) ??
      missingFlag(error) ??
      unknownFlags(error) ??
      oneLine(error.message),
    {
      suggestions: [help],
      cause: error,
    },
  );
}

/** The help of the command itself, where an error of the call has no advice of its own. */
export function withHelp(error: SlipwayError, help: string): SlipwayError {
  if (error.code !== "USAGE" || error.suggestions.length > 0) return error;
  return error.reworded(error.message, [help]);
}

function missingArgument({ name, message, args }: ParserError): string | undefined {
  if (args?.[0] === undefined || !/^Missing \d/.test(message)) return undefined;
  const told = args.flatMap((arg) =>
    typeof arg === "string"
      ? []
      : `${arg.name.toUpperCase()} is missing: ${arg.description ?? name}`,
  );
  return told.join("; ");
}

/** The word that is too many is seldom the wrong one where a flag that may be repeated stands before the arguments. */
function unexpectedArgument({ message, args = [], parse }: ParserError): string | undefined {
  if (!message.startsWith("Unexpected argument")) return undefined;
  const named = args.map((arg) => `'${arg}'`).join(" and ");
  const raw = parse?.output?.raw ?? [];
  const repeatable = raw.flatMap(({ flag = "" }, at) =>
    raw[at + 1]?.type === "arg" && parse?.input.flags[flag]?.multiple ? [`--${flag}`] : [],
  );
  const hints = [...new Set(repeatable)].map(
    (flag) => `; ${flag} takes one value, ${flag} again the next`,
  );
  return `unexpected argument ${named}${hints.join("")}`;
}

function missingFlag({ message, parse }: ParserError): string | undefined {
  const name = /Missing required flag ([a-z-]+)/.exec(message)?.[1];
  const spec = name === undefined ? undefined : parse?.input.flags[name];
  if (spec === undefined) return undefined;
  return `--${name} ${spec.helpValue} is missing: ${spec.description}`;
}

function unknownFlags({ message, parse, flags = [] }: ParserError): string | undefined {
  if (!message.startsWith("Nonexistent flag")) return undefined;
  const known = Object.keys(parse?.input.flags ?? {});
  const nearest = flags.flatMap((flag) => {
    const [, typed] = /^--([^=]+)/.exec(flag) ?? [];
    return typed === undefined ? [] : (nearestWord(typed, known) ?? []);
  });
  const told = `there is no flag ${flags.join(", ")}`;
  if (nearest.length === 0) return told;
  return `${told}; did you mean ${nearest.map((name) => `--${name}`).join(", ")}?`;
}

function oneLine(message: string): string {
  const [said = ""] = message.split("\nSee more help");
  const lines = said.split("\n").map((line) => line.trim());
  const [first = "", ...rest] = lines.filter((line) => line !== "");
  if (rest.length === 0) return first;
  const flag = /^Parsing (--\S+)$/.exec(first)?.[1];
  if (flag !== undefined) return `${flag}: ${rest.join(" ").replace(/^Expected/, "expected")}`;
  return rest.map(besides).join("; ");
}

/** Without the value, which can be long, and the same for every flag. */
function besides(reason: string): string {
  return reason.replace(
    /^(--[a-z-]+)(?:=.*)? cannot also be provided when using (--[a-z-]+)$/s,
    "$1 cannot stand beside $2",
  );
}
