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
  const forms = globs.map(
    (glob) => new RegExp(`^${glob.replace(/^\//, "").replace(/\*\*\/|\*\*|\*|\?|[^\w/]/g, part)}$`),
  );
  return (path) => forms.some((form) => form.test(path));
}

function part(sign: string): string {
  if (sign === "**/") return "(?:.*/)?";
  if (sign === "**") return ".*";
  if (sign === "*") return "[^/]*";
  return sign === "?" ? "[^/]" : `\\${sign}`;
}
