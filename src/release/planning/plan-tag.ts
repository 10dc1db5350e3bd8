import type { Digest } from "../../oci/reference.ts";
import type { TargetFacts } from "../observed.ts";
import type { Step } from "../plan.ts";
import type { Request } from "../request.ts";
import type { ContentChoice } from "./content.ts";
import { digestOfTag, knownVersions, type Subject } from "./subject.ts";
import { decideFloating, type FloatingDecision, isFixed, type WantedTag } from "./tags.ts";
import { versionOf } from "./unlisted.ts";

/** What becomes of one tag at one target, and why. */
export function planTag(
  request: Request,
  { version }: Subject,
  choice: ContentChoice,
  facts: TargetFacts,
  wanted: WantedTag,
): Step {
  const { tag, kind } = wanted;
  const from = digestOfTag(facts.images, tag) ?? null;
  const { move, because } = isFixed(wanted)
    ? decideFixed(wanted, from, choice)
    : decideMoving(request, version, choice, facts, wanted);
  if (!move) return { action: "keep", target: facts.id, what: `tag ${tag}`, because };
  return { action: "tag", target: facts.id, tag, kind, from, because };
}

function decideFixed(
  { kind }: WantedTag,
  from: Digest | null,
  choice: ContentChoice,
): FloatingDecision {
  if (from === null) return { move: true, because: `the ${kind} tag is free` };
  if (isImage(choice, from)) return { move: false, because: "it already points there" };
  return { move: true, because: "another image has it" };
}

function decideMoving(
  request: Request,
  version: string,
  choice: ContentChoice,
  facts: TargetFacts,
  wanted: WantedTag,
): FloatingDecision {
  const from = digestOfTag(facts.images, wanted.tag) ?? null;
  const isOurs = from !== null && from === digestAt(choice, facts.id);
  const line = [...knownVersions(request, facts).keys()];
  if (facts.unlisted && from !== null && !isOurs) {
    const standsAt = versionOf(request, facts, from);
    const because = `nobody says which version ${from.slice(0, 19)} is; ${facts.unlisted.action} would tell`;
    if (standsAt === undefined) return { move: false, because };
    line.push(standsAt);
  }
  const newerThan = facts.rolledBack?.find(({ tag }) => tag === wanted.tag)?.newerThan;
  const decision = decideFloating(wanted, version, line, newerThan);
  if (!decision.move || !isOurs) return decision;
  if (line.includes(version)) return { move: false, because: "it already points there" };
  // A new version looks after its floating tags even when they are right: a race may move them meanwhile.
  return { move: true, because: `it points there, and is looked after: ${decision.because}` };
}

/** What the image is at a target, now or after the copy; `undefined` while it is not built. */
export function digestAt({ content, at }: ContentChoice, target: string): Digest | undefined {
  return at.get(target) ?? (content.from === "build" ? undefined : content.digest);
}

function isImage({ content, digests }: ContentChoice, digest: Digest): boolean {
  return digests.has(digest) || (content.from !== "build" && content.digest === digest);
}
