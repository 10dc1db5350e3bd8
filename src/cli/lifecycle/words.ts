import { describeRule } from "../../lifecycle/describe.ts";
import type { LifecyclePolicy } from "../../lifecycle/policy.ts";
import type { Verdict } from "../../lifecycle/verdict.ts";
import { formatTime, shortDigest } from "../terminal/units.ts";

/** `2026-11-21 19:27 UTC` from milliseconds. */
export function showTime(time: number): string {
  return formatTime(new Date(time).toISOString());
}

/** `v1.4.0, latest`, or the digest where there is no tag. */
export function imageName({
  digest,
  tags,
}: {
  readonly digest: string;
  readonly tags: readonly string[];
}): string {
  if (tags.length === 0) return shortDigest(digest);
  const more = tags.length > 3 ? `, ${tags.length - 3} more` : "";
  return `${tags.slice(0, 3).join(", ")}${more}`;
}

/** Why an image has its fate, and from when. */
export function reasonText(verdict: Verdict, policy: LifecyclePolicy | null | undefined): string {
  switch (verdict.fate) {
    case "kept":
      return keptText(verdict);
    case "blocked":
      return `rule ${verdict.rule} marks it, but an index lists it: ${verdict.indexes.map(shortDigest).join(", ")}`;
    default:
      return verdict.because === "subject"
        ? `it goes with ${shortDigest(verdict.subject)}, to which it refers`
        : `rule ${verdict.rule}${ruleText(policy, verdict.rule)}, since ${showTime(verdict.since)}`;
  }
}

function keptText(verdict: Extract<Verdict, { fate: "kept" }>): string {
  const who = verdict.because === "rule" ? `rule ${verdict.rule} keeps it` : "no rule selects it";
  if (verdict.until === undefined) return who;
  const partner = verdict.with === undefined ? "" : `, with ${shortDigest(verdict.with)}`;
  return `${who} until ${showTime(verdict.until)}${partner}`;
}

function ruleText(policy: LifecyclePolicy | null | undefined, priority: number): string {
  const rule = policy?.rules.find(({ rulePriority }) => rulePriority === priority);
  return rule ? ` ${describeRule(rule)}` : "";
}
