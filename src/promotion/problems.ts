import type { Repository } from "../ecr/types.ts";
import { SlipwayError } from "../errors.ts";
import type { Digest } from "../oci/reference.ts";
import { archivedProblem } from "../release/archived.ts";
import { freed, noFilterLeft, settingCommand } from "../release/planning/mutability.ts";
import type { Problem } from "../release/problem.ts";
import type { RolledBack } from "../release/rolled-back.ts";
import type { Place, Promotable, StoredAway } from "./observed.ts";
import type { TagWish } from "./plan-tag.ts";
import type { ImageWish } from "./request.ts";

/** How the AWS CLI is told which repository. */
function flagsOf({ account, region, name }: Place): string {
  return `--registry-id ${account} --region ${region} --repository-name ${name}`;
}

export function noRepositoryProblem(
  { named, host }: ImageWish,
  { id, name, account, region }: Place,
): Problem {
  const check = `check account, region and name: aws ecr describe-repositories --registry-id ${account} --region ${region}`;
  return {
    code: "IMAGE_MISSING",
    target: id,
    message: `${named} cannot be there: there is no repository ${name}`,
    remedy: host === undefined ? check : whoseHost(host),
  };
}

export function wrongHostProblem(
  { named, host = "" }: ImageWish,
  { id, repository }: Place,
): Problem {
  return {
    code: "IMAGE_MISSING",
    target: id,
    message: `${named} cannot be there: the repository is ${repository?.uri}, and not at ${host}`,
    remedy: whoseHost(host),
  };
}

/** A host of ECR's own form says where it is; any other was looked for where images are named without one. */
function whoseHost(host: string): string {
  return `${host} has not the form of ECR's hosts: --from ACCOUNT/REGION says whose registry it is, and an image that is not in ECR has to be brought there first`;
}

export function missingProblem({ named }: ImageWish, place: Place): Problem {
  return {
    code: "IMAGE_MISSING",
    target: place.id,
    message: `${named} is not in ${place.id}`,
    remedy: `check the tag or the digest: aws ecr describe-images ${flagsOf(place)}`,
  };
}

export function storedAwayProblem(place: Place, image: StoredAway): Problem {
  const stored = { ...image, registry: place, repository: place.name };
  return archivedProblem(image.digest, stored, place.id);
}

/** An index may name what a lifecycle rule or a person has removed. */
export function incomplete({ id }: Place, digest: Digest): SlipwayError {
  return new SlipwayError("NOT_FOUND", `${id} lacks ${digest}, which an image there names`, {
    suggestions: ["promote it from another place that has all of it"],
  });
}

/** One of several images cannot be given a tag by a flag that is for one alone. */
export function noTagsProblem({ wish, place }: Promotable, isOneOfSeveral: boolean): Problem {
  return {
    code: "TAGS_MISSING",
    target: place.id,
    message: `${wish.named} has no version or commit tag to take along`,
    remedy: `${isOneOfSeveral ? "promote it by itself: " : ""}give it one: --tag NAME`,
  };
}

export function takenProblem({ tag, image, at }: TagWish, holder: Digest, own: Digest): Problem {
  const { named } = image.wish;
  const way = isOneOfSeveral(at)
    ? `leave ${named} out, or promote it by itself: --tag NAME says which tags it is to have`
    : "leave it out with --tag, or promote elsewhere";
  return {
    code: "TAG_TAKEN",
    target: at.place.id,
    message: `tag ${tag.tag} is ${holder}, and not ${own}`,
    remedy: `a published tag is never replaced: ${way}`,
  };
}

/** `--tag` is for one image alone. */
function isOneOfSeveral({ images }: TagWish["at"]): boolean {
  return images.length > 1;
}

/** No signature may be lost: neither of the two has all of them. */
export function apartProblem(place: Place, tag: string, from: string): Problem {
  return {
    code: "TAG_TAKEN",
    target: place.id,
    message: `tag ${tag} holds a signature or an attestation that ${from} lacks, and lacks one that is there`,
    remedy: `sign again at ${from}, so that one has them all\nor give up what is at the destination: aws ecr batch-delete-image ${flagsOf(place)} --image-ids imageTag=${tag}`,
  };
}

/** Of a tag that names a digest (`sha256-….sig`): others like it are to be free as well. */
export function lockedProblem(place: Place, tag: string, repository: Repository): Problem {
  const isListed = repository.mutability === "MUTABLE_WITH_EXCLUSION";
  const free = isListed ? tag : "sha256-*";
  const wanted = freed(repository, free);
  return {
    code: "FLOATING_TAG_LOCKED",
    target: place.id,
    message: `tag ${tag} is behind that of the source, and the repository's tag mutability locks it`,
    remedy: wanted
      ? settingCommand(place.region, repository, wanted)
      : noFilterLeft(repository, free),
  };
}

export function behindProblem(wish: TagWish, theirs: string, own: string): Problem {
  const { tag } = wish.tag;
  return {
    code: "TAG_BEHIND",
    target: wish.at.place.id,
    message: `tag ${tag} is at ${theirs}, which is newer than ${own}`,
    remedy: `promote a newer version\nif this one is meant${wayBack(wish)}`,
  };
}

/** `own` is the version of the image that was to get the tag, where it has one. */
export function heldProblem(
  wish: TagWish,
  { newerThan, left }: RolledBack,
  own: string | undefined,
): Problem {
  const { digest } = wish.image;
  const { tag } = wish.tag;
  const only =
    newerThan === undefined ? "" : `, and only a version newer than ${newerThan} moves it`;
  const from = left.includes(digest) ? " from this image" : "";
  return {
    code: "TAG_HELD",
    target: wish.at.place.id,
    message: `tag ${tag} was rolled back${from}${only}; this is ${own ?? digest}`,
    remedy: `promote a newer version\nif this one is meant${wayBack(wish)}`,
  };
}

/** Only a rollback takes a tag to an older image, and only to one that is there. */
function wayBack({ tag: { tag }, image, at }: TagWish): string {
  const { account, region, name } = at.place;
  const place = `--image ${name} --account ${account} --region ${region}`;
  const bring = at.found.has(image.digest) ? "" : `, bring it there without --tag ${tag}, then`;
  return `${bring}: slipway rollback ${tag} --to ${image.digest} ${place}`;
}

/** In a promotion of one image the tags are named by a flag, and not only by slipway.yaml. */
export function withPromotionRemedy(problem: Problem, at: TagWish["at"]): Problem {
  if (problem.code !== "FLOATING_TAG_LOCKED" || isOneOfSeveral(at)) return problem;
  return {
    ...problem,
    remedy: `--tag names the tags that are to go along\n${problem.remedy}`,
  };
}
