import type { SecretCode, Sniffed } from "./facts.ts";
import { fileRules } from "./file-rules.ts";
import { type Shape, shapesIn } from "./shapes.ts";

/** As much of a file as is looked at: keys and settings are small, and what is larger is not kept in memory. */
export const sniffedBytes = 1024 * 1024;

/**
 * What every text that holds something of `shapes.ts` must hold; most files are done with after this. A short needle that begins
 * with a rare letter is found ten times as fast as the whole word: `PRIVATE KEY`, `AKIA`, `github_pat_`.
 */
const needles = ["VATE KE", "KIA", "ghp_", "glpat-", "_pat_"];

/**
 * What a file gives away, from its path and the beginning of its content; pure. Programs hold the words of keys, and
 * no keys: binary content is not looked at.
 */
export function sniff(path: string, content: Buffer): Sniffed[] {
  const rules = fileRules.filter(({ path: form }) => form.test(path));
  const isText = !content.subarray(0, 512).includes(0);
  const looked = rules.some(({ looks }) => looks);
  const hot = isText && needles.some((needle) => content.includes(needle));
  if (rules.length === 0 && !hot) return [];
  const text = isText && (hot || looked) ? content.toString("latin1") : "";
  const named = rules.flatMap((rule): Sniffed[] => {
    const at = rule.looks ? text.search(rule.looks) : 0;
    if (at < 0) return [];
    const { code, level, what } = rule;
    return [{ path, code, level, line: rule.looks ? lineOf(text, at) : 0, what }];
  });
  const found = hot ? shapesIn(text).map((shape) => sniffed(path, text, shape)) : [];
  return oneOfEach([...named, ...found]);
}

function sniffed(path: string, text: string, { code, level, at, what }: Shape): Sniffed {
  return { path, code, level, line: lineOf(text, at), what };
}

function lineOf(text: string, at: number): number {
  let line = 1;
  for (let end = text.indexOf("\n"); end >= 0 && end < at; end = text.indexOf("\n", end + 1)) {
    line += 1;
  }
  return line;
}

/** The first of a kind in one file says enough; an error goes before a warning. */
function oneOfEach(found: readonly Sniffed[]): Sniffed[] {
  const kept = new Map<SecretCode, Sniffed>();
  for (const one of found) {
    const had = kept.get(one.code);
    if (!had || (had.level !== "error" && one.level === "error")) kept.set(one.code, one);
  }
  return [...kept.values()];
}
