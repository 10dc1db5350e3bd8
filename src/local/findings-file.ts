import { isObject, readJsonFile, wrong } from "./json.ts";

export const severities = [
  "CRITICAL",
  "HIGH",
  "MEDIUM",
  "LOW",
  "INFORMATIONAL",
  "UNDEFINED",
] as const;

/** A finding of a basic scan, as the API shows it. */
export interface ScanFinding {
  readonly name: string;
  readonly severity: (typeof severities)[number];
  readonly description?: string;
  readonly uri?: string;
  readonly attributes?: readonly { readonly key: string; readonly value?: string }[];
}

/** What a scan finds in which images; `*` stands for any characters in names. */
export interface FindingsRule {
  readonly repository?: string;
  readonly tag?: string;
  readonly digest?: string;
  readonly findings: readonly ScanFinding[];
}

/** Rules from a JSON file: `[{"repository": "team/*", "findings": [{"name": "CVE-2026-1", "severity": "HIGH"}]}]`. Throws USAGE. */
export function readFindings(file: string): FindingsRule[] {
  const value = readJsonFile("the findings", file);
  if (!Array.isArray(value)) throw wrong(file, "is not a list of rules");
  return value.map((rule, at) => checkedRule(rule, `${file}, rule ${at + 1},`));
}

function checkedRule(rule: unknown, place: string): FindingsRule {
  const { findings, ...names } = isObject(rule) ? rule : { findings: undefined };
  if (!Array.isArray(findings)) throw wrong(place, "has no list of 'findings'");
  const unknown = Object.entries(names).find(
    ([name, value]) => !["repository", "tag", "digest"].includes(name) || typeof value !== "string",
  );
  if (unknown) {
    throw wrong(place, `has '${unknown[0]}', expected 'repository', 'tag' or 'digest' as a text`);
  }
  if (!findings.every(isFinding)) {
    throw wrong(place, `has a finding without 'name' or 'severity' (${severities.join(", ")})`);
  }
  return rule as FindingsRule;
}

function isFinding(finding: unknown): boolean {
  if (!isObject(finding) || typeof finding.name !== "string") return false;
  return severities.some((severity) => severity === finding.severity);
}
