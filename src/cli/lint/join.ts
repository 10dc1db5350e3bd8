import type { Finding, FindingLevel } from "../../release/gate.ts";

type Found = Pick<Finding, "code" | "level" | "message"> & { readonly line: number };

const levels: readonly FindingLevel[] = ["error", "warning", "info"];

/** What is there only while no build needs it. */
const unusedCodes = ["UNUSED_STAGE", "IGNORE_UNUSED"];

/**
 * What was found in one Dockerfile for each build that takes it, by line: each finding once, at the gravest of its
 * levels. What one build does not need is told only where none needs it.
 */
export function joinFindings<F extends Found>(found: readonly (readonly F[])[]): readonly F[] {
  const [first = [], ...others] = found;
  if (others.length === 0) return first;
  const same = Map.groupBy(found.flat(), ({ code, line, message }) =>
    JSON.stringify([code, line, message]),
  );
  return [...same.values()]
    .flatMap((these) => {
      const [gravest] = these.toSorted((a, b) => levels.indexOf(a.level) - levels.indexOf(b.level));
      if (gravest === undefined) return [];
      const isAsked = !unusedCodes.includes(gravest.code) || these.length === found.length;
      return isAsked ? [gravest] : [];
    })
    .toSorted((a, b) => a.line - b.line);
}
