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
    images
      .filter(({ status }) => status === "ACTIVE")
      .flatMap((image) =>
        [...knownVersions(request, { images: [image] }).keys()]
          .filter((known) => compareVersions(known, version) < 0)
          .map((known) => ({ version: known, target: id, digest: image.digest })),
      ),
  );
  // Of equal versions the first stays first.
  return releases.sort((a, b) => compareVersions(b.version, a.version))[0];
}
