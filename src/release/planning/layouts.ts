import { joinEntries } from "../../oci/join.ts";
import { isSamePlatform } from "../../oci/platform.ts";
import type { GivenImage, Observed } from "../observed.ts";
import type { JoinedContent } from "../plan.ts";
import type { Problem } from "../problem.ts";
import type { Request } from "../request.ts";
import { releaseAnnotations } from "./annotations.ts";
import { inputsAnnotation, inputsOf, revisionAnnotation } from "./identity.ts";
import type { Subject } from "./subject.ts";

/** What the layouts at hand come to. */
export interface LayoutsChoice {
  /** Absent when they do not make the image of the request, and when none was named. */
  readonly content?: JoinedContent;
  readonly problems: readonly Problem[];
}

/**
 * Whether layouts that were built apart are together the image of this request: each of its commit, each
 * from the inputs of its own platforms, every platform once. Pure.
 */
export function joinGiven(
  request: Request,
  subject: Pick<Subject, "inputs" | "version">,
  { git, given }: Pick<Observed, "git" | "given">,
): LayoutsChoice {
  if (given.length === 0) return { problems: [] };
  const problems = [
    ...given.flatMap((image) => identityProblems(image, request, subject, git)),
    ...platformProblems(given, request),
  ];
  if (problems.length > 0) return { problems };
  const annotations = releaseAnnotations(request.image, git, subject.inputs);
  const parts = given
    .map(({ directory, digest, platforms }) => ({ directory, digest, platforms }))
    .toSorted((a, b) => (a.platforms.join() < b.platforms.join() ? -1 : 1));
  const [only] = given;
  const entries = given.map((image) => image.entries);
  const digest =
    only && given.length === 1 ? only.digest : joinEntries(entries, annotations).digest;
  return { content: { from: "layouts", digest, parts, annotations }, problems };
}

/** The inputs that a layout states are those of the request with that layout's platforms alone. */
function identityProblems(
  image: GivenImage,
  { build, image: name, rebuild }: Request,
  { inputs, version }: Pick<Subject, "inputs" | "version">,
  git: Observed["git"],
): Problem[] {
  const stated = image.annotations[inputsAnnotation];
  const revision = image.annotations[revisionAnnotation];
  const flags = image.platforms.map((platform) => ` --platform ${platform}`).join("");
  const again = `slipway build${flags} --output DIR`;
  if (stated === undefined || revision === undefined) {
    const message = `${said(image)} does not say what it was built from`;
    return [{ code: "LAYOUT_UNKNOWN", message, remedy: `make one that does: ${again}` }];
  }
  if (revision !== inputs.revision) {
    const message = `${said(image)} was built from commit ${revision}, and here is ${inputs.revision}`;
    const remedy = `git checkout ${revision}\nor build it from this commit: ${again}`;
    return [{ code: "LAYOUT_OF_OTHER_COMMIT", message, remedy }];
  }
  const platforms = build.platforms.filter((platform) => isAmong(platform, image.platforms));
  const unwanted = image.platforms.some((platform) => !isAmong(platform, build.platforms));
  const wanted = inputsOf({ ...build, platforms }, name, git, rebuild ? version : undefined).digest;
  if (unwanted || stated === wanted) return [];
  const message = `${said(image)} was built from this commit with other inputs (${stated}, here ${wanted})`;
  const remedy = `build it with the same slipway.yaml, flags and working tree: ${again}`;
  return [{ code: "LAYOUT_OF_OTHER_INPUTS", message, remedy }];
}

function platformProblems(given: readonly GivenImage[], { build }: Request): Problem[] {
  const wanted = build.platforms.join(", ");
  const missing = build.platforms.flatMap((platform): Problem[] => {
    const holders = given.flatMap((image) =>
      image.platforms.filter((one) => isAmong(one, [platform])).map(() => image),
    );
    if (holders.length === 1) return [];
    if (holders.length === 0) {
      const message = `no layout holds ${platform}; the release is for ${wanted}`;
      const remedy = `slipway build --platform ${platform} --output DIR\nand then: --layout DIR`;
      return [{ code: "LAYOUT_MISSING", message, remedy }];
    }
    const message = `${platform} is in ${holders.length} of the layouts: ${holders.map(said).join("; ")}`;
    return [{ code: "LAYOUT_DOUBLED", message, remedy: "name one of them: --layout DIR" }];
  });
  const unwanted = given.flatMap((image): Problem[] => {
    const others = image.platforms.filter((platform) => !isAmong(platform, build.platforms));
    if (others.length === 0) return [];
    const message = `${said(image)} holds ${others.join(", ")}; the release is for ${wanted}`;
    const remedy =
      "leave it out, or release for it as well: platforms in slipway.yaml, or --platform";
    return [{ code: "LAYOUT_UNWANTED", message, remedy }];
  });
  return [...missing, ...unwanted];
}

function said({ directory, digest, platforms }: GivenImage): string {
  return `${directory} (${digest}, ${platforms.join(", ") || "no platform"})`;
}

function isAmong(platform: string, platforms: readonly string[]): boolean {
  return platforms.some((one) => isSamePlatform(one, platform));
}
