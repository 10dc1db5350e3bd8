import type { Sniffed } from "../layers/facts.ts";
import type { FileSystem, Lost } from "../layers/file-system.ts";
import type { PlatformFacts } from "../layers/image.ts";
import { madeBy } from "./layers.ts";
import { levelAt } from "./place.ts";
import type { Remark } from "./remark.ts";

/** Secrets in files, in every layer: what a later one deletes can still be pulled. */
export function fileRemarks(
  { layers, image }: PlatformFacts,
  { lost }: FileSystem,
  allowed: (path: string) => boolean,
): Remark[] {
  const ends = new Map(lost.map((one) => [`${one.layer} ${one.entry.path}`, one]));
  return layers.flatMap(({ sniffed }, layer) =>
    sniffed
      .filter(({ path }) => !allowed(path))
      .map((found) => {
        const end = ends.get(`${layer} ${found.path}`);
        return {
          code: found.code,
          level: levelAt(found.path, found.level),
          where: `layer ${layer + 1} /${found.path}${found.line > 0 ? `:${found.line}` : ""}`,
          message: `${messageOf(found, end)}${madeBy(image, layer)}`,
        };
      }),
  );
}

function messageOf({ what }: Sniffed, end: Lost | undefined): string {
  if (end === undefined) return what;
  return `${what}, ${end.how} in layer ${end.by + 1} and still to be downloaded in this one`;
}
