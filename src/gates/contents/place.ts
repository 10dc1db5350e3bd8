import type { FindingLevel } from "../../release/gate.ts";

/** Where packages bring keys of their own tests and examples, which open nothing. */
const packaged =
  /(?:^|\/)(?:node_modules|site-packages|dist-packages|vendor\/bundle|gems)\/|^usr\/share\/(?:doc|man|info|perl|perl5)\/|^usr\/(?:local\/)?lib\/python[\d.]+\/(?:test|lib2to3)\/|^usr\/(?:local\/|lib\/)?go(?:-[\d.]+)?\/|^go\/pkg\/mod\/|^root\/\.cargo\/registry\//;
const tested =
  /(?:^|\/)(?:tests?|testing|testdata|test-data|__tests__|spec|fixtures?|examples?|samples?|docs?|mocks?)\//i;
/** Debian's `ssl-cert` makes it for local servers alone, and says so by its name. */
const snakeOil = /(?:^|\/)ssl-cert-snakeoil\.key$/;

/** How much a finding weighs at its path: what packages bring is told, what stands among tests holds nothing up. */
export function levelAt(path: string, level: FindingLevel): FindingLevel {
  if (packaged.test(path) || snakeOil.test(path)) return "info";
  return tested.test(path) && level === "error" ? "warning" : level;
}

/** Whether files for other machines may lie there: packages bring builds for all of them. */
export function isForeignGround(path: string): boolean {
  return packaged.test(path) || tested.test(path) || /(?:^|\/)prebuilds\//.test(path);
}

/**
 * Whether any of the globs fits the path, from its beginning, with or without a leading slash: `*` is anything but a slash, `**` anything,
 * `?` one character.
 */
export function allowing(globs: readonly string[]): (path: string) => boolean {
  const all = globs.map((glob) => glob.replace(/^\//, "").match(/\*\*\/|\*\*|./gs) ?? []);
  return (path) => all.some((parts) => fits(parts, path));
}

/**
 * Goes through the glob once, with all places of the path that it may have come to: an expression would try every way to
 * part the path among the stars, for hours where there are many.
 */
function fits(parts: readonly string[], path: string): boolean {
  let places: readonly number[] = [0];
  for (const part of parts) {
    places = part.startsWith("*") ? behindStar(part, path, places) : behindOne(part, path, places);
    if (places.length === 0) return false;
  }
  return places.includes(path.length);
}

function behindOne(part: string, path: string, places: readonly number[]): number[] {
  return places
    .filter((at) => at < path.length && (part === "?" ? path[at] !== "/" : path[at] === part))
    .map((at) => at + 1);
}

/** The places stand in order, before and after. */
function behindStar(part: string, path: string, places: readonly number[]): number[] {
  const known = new Set(places);
  const behind: number[] = [];
  let isReached = false;
  for (let at = places[0] ?? 0; at <= path.length; at += 1) {
    const isFolder = path[at - 1] === "/";
    if (part === "*" && isFolder) isReached = false;
    const isStart = known.has(at);
    if (isStart || (isReached && (part !== "**/" || isFolder))) behind.push(at);
    isReached ||= isStart;
  }
  return behind;
}
