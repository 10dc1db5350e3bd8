import { nearestWord, showPath } from "../wording.ts";
import type { TextPosition, ValuePath } from "../yaml.ts";

export interface ConfigMistake {
  readonly path: ValuePath;
  /** Whether the key or its value is wrong. */
  readonly part: "key" | "value";
  readonly message: string;
}

/** What this file reads of an issue of the schema library. */
export interface SchemaIssue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  /** The issues of every option of a union. */
  readonly errors?: readonly (readonly SchemaIssue[])[];
}

/** One thing that is wrong, and where it can be put right: at a place in a file, or at a flag. */
export type ConfigError = {
  /** `build.args.PORT`; empty for a mistake in the YAML itself. */
  readonly path: string;
  readonly message: string;
} & (
  | ({ readonly source: "file"; readonly file: string } & TextPosition)
  | { readonly source: "flag"; readonly flag: string; readonly suggestion?: string }
  | { readonly source: "missing" }
);

/** The schema's issues as mistakes: unions by the option that was meant, unknown keys one by one. */
export function mistakesOf(issues: readonly SchemaIssue[]): readonly ConfigMistake[] {
  return issues.flatMap((issue) => mistakeOf(issue, []));
}

function mistakeOf(issue: SchemaIssue, above: ValuePath): readonly ConfigMistake[] {
  const path = [
    ...above,
    ...issue.path.map((part) => (typeof part === "number" ? part : String(part))),
  ];
  switch (issue.code) {
    case "unrecognized_keys":
      return (issue.keys ?? []).map((key) => unknownKey([...path, key], issue.message.split(" ")));
    case "invalid_union": {
      const meant = issue.errors?.find((option) => !option.some(isAboutType));
      return meant
        ? meant.flatMap((inner) => mistakeOf(inner, path))
        : [{ path, part: "value", message: issue.message }];
    }
    case "invalid_key":
      return [{ path, part: "key", message: `'${String(path.at(-1))}' cannot be such a name` }];
    default:
      return [{ path, part: "value", message: issue.message }];
  }
}

/** An option whose very type does not fit is not the one that was meant. */
function isAboutType({ code, path, errors = [] }: SchemaIssue): boolean {
  if (path.length > 0) return false;
  if (code === "invalid_union") return errors.every((option) => option.some(isAboutType));
  return code === "invalid_type";
}

function unknownKey(path: ValuePath, known: readonly string[]): ConfigMistake {
  const key = String(path.at(-1));
  const nearest = nearestWord(key, known);
  const hint = nearest ? `did you mean '${nearest}'?` : `known are ${known.join(", ")}`;
  return { path, part: "key", message: `unknown key, ${hint}` };
}

/** One line for people: `slipway.yaml:3:7: build.contxt: unknown key, did you mean 'context'?` */
export function formatConfigError(error: ConfigError): string {
  const { path, message } = error;
  switch (error.source) {
    case "file": {
      const where = `${error.file}:${error.line}:${error.column}`;
      return path === "" ? `${where}: ${message}` : `${where}: ${path}: ${message}`;
    }
    case "flag":
      return `${error.flag}: ${message}`;
    case "missing":
      return `${path}: ${message}`;
  }
}

/** The mistake with its line and column, as a message shows it. */
export function placeMistake(
  { path, part, message }: ConfigMistake,
  file: string,
  positionOf: (path: ValuePath, part: "key" | "value") => TextPosition,
): ConfigError {
  return { source: "file", file, ...positionOf(path, part), path: showPath(path), message };
}
