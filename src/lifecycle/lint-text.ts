import { readYaml } from "../yaml.ts";
import type { LifecycleImage } from "./image.ts";
import { type LintFinding, lintPolicy } from "./lint.ts";
import { type PlacedPolicyMistake, parsePolicyText } from "./parse.ts";

/** A finding and where it stands; line and column count from 1. */
export interface PlacedFinding extends LintFinding {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Everything that can be said of a policy's text. Without mistakes there may be findings. */
export interface CheckedText {
  readonly file: string;
  readonly rules: number;
  readonly mistakes: readonly PlacedPolicyMistake[];
  readonly findings: readonly PlacedFinding[];
}

/** Checks the grammar and, when it is kept, lints; `file` is only the name that mistakes carry. Never throws. */
export function checkPolicyText(
  text: string,
  {
    file,
    images,
  }: { readonly file: string; readonly images?: readonly LifecycleImage[] | undefined },
): CheckedText {
  const parsed = parsePolicyText(text, { file });
  if (!("policy" in parsed)) return { file, rules: 0, mistakes: parsed.mistakes, findings: [] };
  const { positionOf } = readYaml(text);
  const findings = lintPolicy(parsed.policy, images).map((finding) => ({
    ...finding,
    file,
    ...positionOf(finding.path, "value"),
  }));
  return { file, rules: parsed.policy.rules.length, mistakes: [], findings };
}
