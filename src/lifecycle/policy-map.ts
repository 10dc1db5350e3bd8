import { isObject, object } from "../loose.ts";
import { readYaml } from "../yaml.ts";
import { compilePattern } from "./select.ts";

/** Which policy file is for which repositories; the first entry that matches counts. */
export interface PolicyMapEntry {
  /** Repository names, `*` for any characters. */
  readonly match: string;
  /** The policy's file as it is written, relative to the map's own. */
  readonly policy: string;
}

export interface PolicyMapMistake {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

export type ParsedPolicyMap =
  | { readonly entries: readonly PolicyMapEntry[] }
  | { readonly mistakes: readonly PolicyMapMistake[] };

/**
 * Reads a map from JSON or YAML: `policies:` and below it a list of `match` and `policy`. Never throws;
 * answers with all mistakes and their places.
 */
export function parsePolicyMap(text: string): ParsedPolicyMap {
  const { value, mistakes, positionOf } = readYaml(text);
  if (mistakes.length > 0) return { mistakes };
  const list = object(value).policies;
  if (!Array.isArray(list) || list.length === 0) {
    const message = "expected 'policies:' and below it a list of match and policy";
    return { mistakes: [{ message, ...positionOf(["policies"], "value") }] };
  }
  const found = list.flatMap((entry: unknown, at): readonly PolicyMapMistake[] => {
    const wrong = ["match", "policy"].find((name) => !isText(entry, name));
    if (wrong === undefined) return [];
    const message = `expected ${wrong} to be a text`;
    return [{ message, ...positionOf(["policies", at, wrong], "value") }];
  });
  if (found.length > 0) return { mistakes: found };
  return { entries: (list as PolicyMapEntry[]).map(({ match, policy }) => ({ match, policy })) };
}

function isText(entry: unknown, name: string): boolean {
  return isObject(entry) && typeof entry[name] === "string" && entry[name] !== "";
}

/** The entry for a repository; `undefined` when none matches. */
export function entryFor<Entry extends Pick<PolicyMapEntry, "match">>(
  entries: readonly Entry[],
  repository: string,
): Entry | undefined {
  return entries.find(({ match }) => compilePattern(match)(repository));
}
