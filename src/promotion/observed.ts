import type { FoundManifest, ImageSummary } from "../ecr/types.ts";
import type { Digest } from "../oci/reference.ts";
import type { Tree } from "../oci/tree.ts";
import type { TargetFacts } from "../release/observed.ts";
import type { Problem } from "../release/problem.ts";
import type { RolledBack } from "../release/rolled-back.ts";
import type { ImageWish } from "./request.ts";

/** A repository in a registry: `ACCOUNT/REGION/REPOSITORY` is its id. */
export interface Place extends TargetFacts {
  readonly name: string;
}

/** An image where it is now, with all that belongs to it; or why it cannot go anywhere. */
export type FoundImage =
  | { readonly wish: ImageWish; readonly problem: Problem }
  | {
      readonly wish: ImageWish;
      readonly problem?: undefined;
      readonly place: Place;
      readonly digest: Digest;
      /** Whether it goes nowhere but to where it is; then the tree is its root alone. */
      readonly stays: boolean;
      readonly tree: Tree;
      /** What an image that is no index runs on, where that was read. */
      readonly platform?: string;
      /** The tags of this digest there. */
      readonly tags: readonly string[];
      readonly companions: readonly Companion[];
      /** What belongs to the image and cannot be pulled. */
      readonly archived: readonly StoredAway[];
    };

export type Promotable = Extract<FoundImage, { readonly tree: Tree }>;

/** Those that can go elsewhere. */
export function promotable(images: readonly FoundImage[]): Promotable[] {
  return images.filter((image): image is Promotable => image.problem === undefined);
}

/** Something in ECR's archive. */
export type StoredAway = Pick<ImageSummary, "digest" | "status">;

/** A tag by which something is found beside a digest, such as `sha256-….sig`. */
export interface Companion {
  readonly tag: string;
  readonly digest: Digest;
}

export interface FoundDestination {
  readonly place: Place;
  /** Which of the images go here. */
  readonly images: readonly Promotable[];
  /** Of what stands on top in their trees, what is here; and what the tags that they would have are on. */
  readonly found: ReadonlyMap<Digest, FoundManifest>;
  /** What of these is in the archive here, where ECR does not give it. */
  readonly archived: readonly StoredAway[];
  /** The floating tags that a rollback holds here. */
  readonly rolledBack: readonly RolledBack[];
}

/** Everything that the planner knows of the outside, read once. */
export interface PromotionObserved {
  readonly images: readonly FoundImage[];
  readonly destinations: readonly FoundDestination[];
}

/** The image that a tag is on. */
export function holderOf(place: Pick<Place, "images">, tag: string): ImageSummary | undefined {
  return place.images.find(({ tags }) => tags.includes(tag));
}
