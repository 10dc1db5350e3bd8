import type { Digest } from "../../oci/reference.ts";
import type { TargetFacts } from "../observed.ts";
import { digestOfTag, knownVersions } from "../planning/subject.ts";
import {
  highestOfLine,
  isHeldBack,
  isMeaningless,
  renderVersion,
  type WantedTag,
} from "../planning/tags.ts";
import { compareVersions, isPrerelease } from "../planning/version.ts";
import type { Request } from "../request.ts";
import type { RolledBack } from "../rolled-back.ts";
import type { Check } from "./checks.ts";

export interface HighestVersion {
  readonly version: string;
  /** The version's own tag. */
  readonly tag: string;
  readonly digest: Digest;
}

/** Where a floating tag stands at one target. */
export interface FloatingTag {
  readonly tag: string;
  /** `null` where it is not there. */
  readonly digest: Digest | null;
  /** The highest version of its line that it stands at; `null` where it stands at none. */
  readonly version: string | null;
  /** The highest version of its line that is there. */
  readonly highest: HighestVersion | null;
  /** Where a rollback holds it: only a version newer than this one moves it. */
  readonly heldBelow: string | null;
}

/** A version of an image that is looked at. */
export interface Verified {
  readonly image: string;
  readonly version: string;
  /** Its tag may stand at an image that is another, or not whole, so that no floating tag is to be moved to it. */
  readonly isInDoubt?: boolean;
}

/** The floating tags that a version wants. */
export function floatingTags(request: Pick<Request, "tags">, version: string): WantedTag[] {
  const kind = isPrerelease(version) ? "channel" : "floating";
  return request.tags[kind]
    .map((template) => ({ kind, template, tag: renderVersion(template, version) }) as const)
    .filter((wanted) => !isMeaningless(wanted, version));
}

/** Where a floating tag is, and where by the versions of the registry and by rollbacks it should be. */
export function standsAt(
  request: Pick<Request, "tags">,
  wanted: WantedTag,
  { images }: Pick<TargetFacts, "images">,
  rolledBack: readonly RolledBack[],
): FloatingTag {
  const { tag } = wanted;
  const versions = knownVersions(request, { images });
  const digest = digestOfTag(images, tag) ?? null;
  const own = images.filter((image) => image.digest === digest);
  const here = knownVersions(request, { images: own }).keys();
  const highest = highestOfLine(wanted, versions.keys());
  const best = versions.get(highest ?? "");
  const goal = digestOfTag(images, best);
  const newerThan = rolledBack.find((one) => one.tag === tag)?.newerThan;
  return {
    ...{ tag, digest, version: highestOfLine(wanted, here) ?? null },
    highest: highest && best && goal ? { version: highest, tag: best, digest: goal } : null,
    heldBelow: isHeldBack(highest ?? "", newerThan) ? (newerThan ?? null) : null,
  };
}

/**
 * The command that takes floating tags forward to a version where `from` has it. A release does so from the commit of
 * that version alone, which is no longer HEAD when somebody looks; a promotion needs no commit.
 */
export function moving(
  image: string,
  { tag }: HighestVersion,
  from: string,
  to: readonly string[],
): string {
  return `slipway promote ${image}:${tag} --from ${from} ${to.map((id) => `--to ${id}`).join(" ")}`;
}

/** Whether no command is named that takes floating tags to this version. */
export function isAvoided({ version, isInDoubt }: Verified, goal: HighestVersion): boolean {
  return isInDoubt === true && goal.version === version;
}

/**
 * For the version that is verified a floating tag is right where it stands at this version or a newer one of its line, or
 * where a rollback holds it.
 */
export function floatingCheck(verified: Verified, target: string, stands: FloatingTag): Check {
  const { image, version } = verified;
  const name = `tag ${stands.tag}`;
  const { digest, highest, heldBelow } = stands;
  const place = stands.version === null ? digest : `at ${stands.version}`;
  if (digest !== null && heldBelow !== null) {
    const found = `${place}, rolled back, until there is one newer than ${heldBelow}`;
    return { name, holds: true, found };
  }
  if (stands.version !== null && compareVersions(stands.version, version) >= 0) {
    return { name, holds: true, found: `at ${stands.version}` };
  }
  const found = place ?? "missing";
  if (highest === null)
    return { name, holds: false, found: `${found}, and no version of its line is there` };
  return {
    name,
    holds: false,
    found: `${found}, and ${highest.version} is ${highest.digest}`,
    ...(!isAvoided(verified, highest) && { remedy: moving(image, highest, target, [target]) }),
  };
}
