import type { Digest } from "../oci/reference.ts";
import { storedIn } from "../oci/tree.ts";
import { textOf } from "../release/contents.ts";
import { isLocked } from "../release/planning/mutability.ts";
import {
  decideFloating,
  highestOfLine,
  isFixed,
  versionsOfTags,
  type WantedTag,
} from "../release/planning/tags.ts";
import { compareVersions } from "../release/planning/version.ts";
import type { Problem } from "../release/problem.ts";
import type { TagTemplates } from "../release/request.ts";
import { isHeld } from "../release/rolled-back.ts";
import { companionState } from "./companions.ts";
import { type FoundDestination, holderOf, type Promotable } from "./observed.ts";
import type { PromotionStep } from "./plan.ts";
import {
  apartProblem,
  behindProblem,
  heldProblem,
  lockedProblem,
  takenProblem,
} from "./problems.ts";
import { versionsOf } from "./tags.ts";
import { holdOf, knownVersionsOf } from "./versions.ts";

/** A tag that an image is to have at a place, and what else goes there. */
export interface TagWish {
  readonly tag: WantedTag;
  readonly image: Promotable;
  readonly at: FoundDestination;
  readonly templates: TagTemplates;
  /** All tags that the image is to have there. */
  readonly beside: readonly WantedTag[];
  /** What the other images that go there would have under this tag. */
  readonly rivals: readonly Digest[];
}

export interface PlannedTag {
  readonly step?: PromotionStep;
  readonly problem?: Problem;
}

/**
 * What becomes of one tag: a fixed one is written where it is free, and never taken from another image; a companion
 * follows the source where nothing is lost by it; a floating one goes to the newest version of its line; a named one
 * goes where it was told to, unless that is back or a rollback holds it below.
 */
export function planTag(wish: TagWish): PlannedTag {
  const there = holderOf(wish.at.place, wish.tag.tag);
  if (wish.tag.kind === "companion" && there) return planCompanion(wish, there.digest);
  if (isFixed(wish.tag)) return planFixed(wish);
  return wish.tag.kind === "named" ? planNamed(wish) : planFloating(wish);
}

function planFixed(wish: TagWish): PlannedTag {
  const { tag, at, rivals } = wish;
  const holder = holderOf(at.place, tag.tag)?.digest ?? rivals.find((one) => one !== ownerOf(wish));
  if (holder === undefined) return write(wish, `the ${tag.kind} tag is free`);
  if (holder === ownerOf(wish)) return keep(wish, "it already points there");
  return { problem: takenProblem(wish, holder, ownerOf(wish)) };
}

function planCompanion(wish: TagWish, holder: Digest): PlannedTag {
  const { tag, image, at, rivals } = wish;
  const { place, found } = at;
  const owner = ownerOf(wish);
  const rival = rivals.find((one) => one !== owner);
  if (rival) return { problem: takenProblem(wish, rival, owner) };
  if (holder === owner) return keep(wish, "it already points there");
  const there = found.get(holder);
  const source = storedIn(image.tree, owner);
  const state = there && source ? companionState(tag.tag, there, textOf(source)) : "apart";
  if (state === "apart") return { problem: apartProblem(place, tag.tag, image.place.id) };
  if (state === "ahead") return keep(wish, "it has all that the source's has, and more");
  const { repository } = place;
  const isStuck = repository && "mutability" in repository && isLocked(repository, tag.tag);
  return isStuck
    ? { problem: lockedProblem(place, tag.tag, repository) }
    : write(wish, "the source's has come further");
}

function planFloating(wish: TagWish): PlannedTag {
  const { tag, image, at, templates, beside } = wish;
  const { place, images } = at;
  const there = versionsOfTags(
    place.images.flatMap(({ tags }) => tags),
    templates.version,
  );
  const holder = holderOf(place, tag.tag)?.digest;
  const known = [
    ...there.keys(),
    ...images.flatMap((one) => versionsOf(one, templates)),
    ...(holder === undefined ? [] : knownVersionsOf(holder, at, templates)),
  ];
  const hold = holdOf(tag.tag, at, templates);
  const version = highestOfLine(tag, versionsOf(image, templates)) ?? "";
  const { move, because } = decideFloating(tag, version, known, hold?.newerThan);
  if (!move) return keep(wish, because);
  if (hold && isHeld(hold, version, image.digest))
    return keep(wish, "it was rolled back from this image");
  // A new version looks after its floating tags even when they are right: a race may move them meanwhile.
  const isNew = !there.has(version) && beside.some(({ kind }) => kind === "version");
  return holder === image.digest && !isNew
    ? keep(wish, "it already points there")
    : write(wish, because);
}

function planNamed(wish: TagWish): PlannedTag {
  const { tag, image, at, templates } = wish;
  const holder = holderOf(at.place, tag.tag)?.digest;
  if (holder === image.digest) return keep(wish, "it already points there");
  const own = knownVersionsOf(image.digest, at, templates).at(-1);
  const hold = holdOf(tag.tag, at, templates);
  // What bears no version cannot be told to be newer.
  if (hold && isHeld(hold, own ?? "0.0.0", image.digest))
    return { problem: heldProblem(wish, hold, own) };
  const theirs = holder && knownVersionsOf(holder, at, templates).at(-1);
  if (own !== undefined && theirs !== undefined && compareVersions(theirs, own) > 0) {
    return { problem: behindProblem(wish, theirs, own) };
  }
  return write(wish, "it was asked for by its name");
}

/** A companion is on what belongs to the image, every other tag on the image itself. */
export function ownerOf({ tag, image }: Pick<TagWish, "tag" | "image">): Digest {
  const companion = image.companions.find((one) => one.tag === tag.tag);
  return (tag.kind === "companion" ? companion?.digest : undefined) ?? image.digest;
}

function keep({ tag, image, at }: TagWish, because: string): PlannedTag {
  const { named } = image.wish;
  return { step: { action: "keep", target: at.place.id, what: `tag ${tag.tag}`, named, because } };
}

function write(wish: TagWish, because: string): PlannedTag {
  const { tag, kind } = wish.tag;
  const { place } = wish.at;
  const from = holderOf(place, tag)?.digest ?? null;
  const { named } = wish.image.wish;
  const image = ownerOf(wish);
  return { step: { action: "tag", target: place.id, tag, kind, from, image, named, because } };
}
