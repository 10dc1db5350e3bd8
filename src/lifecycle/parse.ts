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
 * Reads a policy from JSON or YAML text (YAML may have comments) and checks it whole. `file` is only
 * the name that its mistakes carry. Never throws.
 */
export function parsePolicyText(text: string, { file }: { readonly file: string }): ParsedPolicy {
  const { value, mistakes, positionOf } = readYaml(text);
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
