import { readYaml } from "../yaml.ts";
import { checkPolicy } from "./check.ts";
import { type PolicyMistake, policyMistake } from "./grammar.ts";
import type { LifecyclePolicy } from "./policy.ts";

/** A mistake and where it stands; line and column count from 1. */
export interface PlacedPolicyMistake extends PolicyMistake {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export type ParsedPolicy =
  | { readonly policy: LifecyclePolicy }
  | { readonly mistakes: readonly PlacedPolicyMistake[] };

/**
 * Reads a policy from JSON or YAML text (YAML may have comments) and checks it whole. `file` is the name that its
 * mistakes carry; a `.json` file must be JSON, as every other program will expect of it. Never throws.
 */
export function parsePolicyText(text: string, { file }: { readonly file: string }): ParsedPolicy {
  const { value, mistakes, positionOf } = readYaml(text);
  const notJson = file.toLowerCase().endsWith(".json") ? whyNotJson(text) : undefined;
  if (notJson !== undefined) {
    const { message, ...position } = notJson;
    const [{ line, column } = { line: 1, column: 1 }] = mistakes;
    return {
      mistakes: [
        { ...policyMistake("syntax", { path: [] }, message), file, line, column, ...position },
      ],
    };
  }
  if (mistakes.length > 0) {
    return {
      mistakes: mistakes.map(({ message, line, column }) => ({
        ...policyMistake("syntax", { path: [] }, message),
        file,
        line,
        column,
      })),
    };
  }
  const checked = checkPolicy(value);
  if ("policy" in checked) return checked;
  return {
    mistakes: checked.mistakes.map((mistake) => ({
      ...mistake,
      file,
      ...positionOf(mistake.path, mistake.code === "unknown-property" ? "key" : "value"),
    })),
  };
}

/** What the JSON parser says, with the place where it tells one: it does so in its sentence alone. */
function whyNotJson(
  text: string,
): { readonly message: string; readonly line?: number; readonly column?: number } | undefined {
  try {
    JSON.parse(text.replace(/^\uFEFF/, ""));
    return undefined;
  } catch (error) {
    const { message } = error as SyntaxError;
    const [said = "", ...rest] = message.replaceAll(/\s+/g, " ").split(/ in JSON at position/);
    const [, line, column] = /\(line (\d+) column (\d+)\)/.exec(rest.join("")) ?? [];
    return {
      message: `it is not JSON, which a .json file must be: ${said.charAt(0).toLowerCase()}${said.slice(1)}`,
      ...(line !== undefined && { line: Number(line), column: Number(column) }),
    };
  }
}
