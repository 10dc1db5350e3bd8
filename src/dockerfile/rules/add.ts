import type { Hit, Judged } from "../rule.ts";
import { sourcesOf } from "./copied.ts";

/** What ADD unpacks (docs.docker.com/reference/dockerfile/#adding-local-tar-archives). */
const archive = /\.(?:tar|tgz|tbz2?|txz|tar\.\w+|gz|bz2|xz|zst)$/i;

/**
 * https://docs.docker.com/build/building/best-practices/#add-or-copy: ADD is for archives and addresses.
 * A name with a variable or a pattern may be an archive.
 */
export function addForCopy({ needed }: Judged): readonly Hit[] {
  return needed.flatMap(({ instructions }) =>
    instructions.flatMap((one) => {
      const plain = one.keyword === "ADD" ? sourcesOf(one) : [];
      const isUnclear = plain.some((source) => archive.test(source) || /\$|[*?[]$/.test(source));
      if (plain.length === 0 || isUnclear) return [];
      return [
        {
          line: one.line,
          message: `ADD ${plain.join(" ")} does what COPY does`,
          repair: `COPY ${one.words.join(" ")}`,
        },
      ];
    }),
  );
}
