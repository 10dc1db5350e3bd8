import type { PreviousRelease } from "../gate.ts";
import type { TargetFacts } from "../observed.ts";
import type { Request } from "../request.ts";
import { knownVersions, type Subject } from "./subject.ts";
import { compareVersions } from "./version.ts";

/** The highest version below this one that a target has, at the first target that has it; pure. */
export function previousRelease(
  request: Pick<Request, "tags">,
  targets: readonly Pick<TargetFacts, "id" | "images">[],
  { version }: Pick<Subject, "version">,
): PreviousRelease | undefined {
  const releases = targets.flatMap(({ id, images }) =>
    [...knownVersions(request, { images })].flatMap(([known, tag]) => {
      const image = images.find(({ status, tags }) => status === "ACTIVE" && tags.includes(tag));
      const isBelow = compareVersions(known, version) < 0;
      return image && isBelow ? [{ version: known, target: id, digest: image.digest }] : [];
    }),
  );
  // Of equal versions the first stays first.
  return releases.sort((a, b) => compareVersions(b.version, a.version))[0];
}
