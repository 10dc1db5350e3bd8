import type { Digest } from "../oci/reference.ts";
import {
  decideFloating,
  highestOfLine,
  isFixed,
  isHeldBack,
  versionsOfTags,
  type WantedTag,
} from "../release/planning/tags.ts";
import { compareVersions } from "../release/planning/version.ts";
import type { Problem } from "../release/problem.ts";
import type { TagTemplates } from "../release/request.ts";
import type { RolledBack } from "../release/rolled-back.ts";
import { holderOf, type Place, type Promotable } from "./observed.ts";
import type { PromotionStep } from "./plan.ts";
import { behindProblem, heldProblem, takenProblem } from "./problems.ts";
import { versionsOf } from "./tags.ts";

/** A tag that an image is to have at a place, and what else goes there. */
export interface TagWish {
  readonly tag: WantedTag;
  readonly image: Promotable;
  readonly place: Place;
  readonly templates: TagTemplates;
  /** The versions of all images that go to this place. */
  readonly promoted: readonly string[];
  /** What the other images that go there would have under this tag. */
  readonly rivals: readonly Digest[];
  /** The floating tags that a rollback holds there. */
  readonly rolledBack: readonly RolledBack[];
}

export interface PlannedTag {
  readonly step?: PromotionStep;
  readonly problem?: Problem;
}

/**
 * What becomes of one tag: a fixed one is written where it is free, and never taken from another image; a floating
 * one goes to the newest version of its line; a named one goes where it was told to, unless that is back or a
 * rollback holds it below.
 */
export function planTag(wish: TagWish): PlannedTag {
  if (isFixed(wish.tag)) return planFixed(wish);
  return wish.tag.kind === "named" ? planNamed(wish) : planFloating(wish);
}

function planFixed(wish: TagWish): PlannedTag {
  const { tag, place, rivals } = wish;
  const holder = holderOf(place, tag.tag)?.digest ?? rivals.find((one) => one !== ownerOf(wish));
  if (holder === undefined) return write(wish, `the ${tag.kind} tag is free`);
  if (holder === ownerOf(wish)) return keep(wish, "it already points there");
  return { problem: takenProblem(place, tag.tag, holder, ownerOf(wish)) };
}

function planFloating(wish: TagWish): PlannedTag {
  const { tag, image, place, templates, promoted } = wish;
  const tags = place.images.flatMap((one) => one.tags);
  const there = versionsOfTags(tags, templates.version);
  const version = highestOfLine(tag, versionsOf(image, templates)) ?? "";
  const known = [...there.keys(), ...promoted];
  const { move, because } = decideFloating(tag, version, known, heldBelow(wish));
  if (!move) return keep(wish, because);
  const isThere = holderOf(place, tag.tag)?.digest === image.digest && there.has(version);
  return isThere ? keep(wish, "it already points there") : write(wish, because);
}

function planNamed(wish: TagWish): PlannedTag {
  const { tag, image, place, templates } = wish;
  const holder = holderOf(place, tag.tag);
  if (holder?.digest === image.digest) return keep(wish, "it already points there");
  const own = versionsOf(image, templates).at(-1);
  const newerThan = heldBelow(wish);
  // What bears no version cannot be told to be newer.
  if (newerThan !== undefined && isHeldBack(own ?? "0.0.0", newerThan)) {
    return { problem: heldProblem(place, tag.tag, newerThan, own ?? image.digest) };
  }
  const theirs = holder && versionsOf(holder, templates).at(-1);
  if (own !== undefined && theirs !== undefined && compareVersions(theirs, own) > 0) {
    return { problem: behindProblem(place, tag.tag, theirs, own) };
  }
  return write(wish, "it was asked for by its name");
}

/** The version that a rollback there holds the tag below. */
function heldBelow({ tag, rolledBack }: TagWish): string | undefined {
  return rolledBack.find((one) => one.tag === tag.tag)?.newerThan;
}

/** A companion is on what belongs to the image, every other tag on the image itself. */
export function ownerOf({ tag, image }: Pick<TagWish, "tag" | "image">): Digest {
  const companion = image.companions.find((one) => one.tag === tag.tag);
  return (tag.kind === "companion" ? companion?.digest : undefined) ?? image.digest;
}

function keep({ tag, place }: TagWish, because: string): PlannedTag {
  return { step: { action: "keep", target: place.id, what: `tag ${tag.tag}`, because } };
}

function write(wish: TagWish, because: string): PlannedTag {
  const { tag, kind } = wish.tag;
  const from = holderOf(wish.place, tag)?.digest ?? null;
  const image = ownerOf(wish);
  return { step: { action: "tag", target: wish.place.id, tag, kind, from, image, because } };
}
