import { SlipwayError } from "../../errors.ts";
import { isRepositoryName, isTag, parseEcrHost, parseImageName } from "../../oci/reference.ts";
import type { Destination, ImageWish, PromotionRequest } from "../../promotion/request.ts";
import type { Request, TargetRequest } from "../../release/request.ts";
import type { ReceiptReference } from "../files/receipt-file.ts";

/** What the command line says of a promotion, as it was typed. */
export interface PromotionCall {
  readonly refs: readonly string[];
  readonly receipts: readonly ReceiptReference[];
  readonly to: readonly string[];
  readonly from?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly profile?: string | undefined;
  /** A profile for the images' own registries, where it is not that of the targets. */
  readonly fromProfile?: string | undefined;
}

/** A registry, and perhaps a repository in it, as `[ACCOUNT/]REGION[/REPOSITORY]` names them. */
interface PlaceName {
  readonly account?: string;
  readonly region: string;
  readonly repository?: string;
}

/** Throws USAGE for a call that names no image. */
export function verifyNamesImages({ refs, receipts }: PromotionCall): void {
  if (refs.length + receipts.length === 0) {
    throw new SlipwayError("USAGE", "no image is named: REF, or --from-receipt FILE", {
      suggestions: ["slipway promote 1.4.0 --to eu-west-1", "slipway promote --help"],
    });
  }
}

/**
 * Reads a call against the configuration: a registry that slipway.yaml has among its targets is reached with that
 * target's role and profile. Throws USAGE.
 */
export function promotionRequest(call: PromotionCall, request: Request): PromotionRequest {
  const { tags, refs, receipts } = call;
  const images = withoutTwins([
    ...refs.map((ref) => wishOf(ref, call, request)),
    ...receipts.map((receipt) => wishOfReceipt(receipt, call, request)),
  ]);
  if (tags) verifyTags(tags, images);
  const { repository, expectAccounts } = request;
  return {
    images,
    to: call.to.map((text) => destinationOf(text, call, request)),
    ...(tags && { tags }),
    templates: request.tags,
    repository,
    ...(expectAccounts && { expectAccounts }),
  };
}

/**
 * The repository of images that are named without one, where the call itself says it; else slipway.yaml must. Throws
 * USAGE.
 */
export function repositoryOf({ refs, from, receipts }: PromotionCall): string | undefined {
  const named = from === undefined ? undefined : parsePlace("--from", from).repository;
  const inRefs = refs.map((ref) => {
    const name = parsePromotable(ref);
    return name.kind === "repository" ? name.reference.repository : undefined;
  });
  const all = [...inRefs, ...receipts.map(({ image }) => image)];
  return named ?? (all.includes(undefined) ? undefined : all[0]);
}

/** Reads `[ACCOUNT/]REGION[/REPOSITORY]`. Throws USAGE. */
export function parsePlace(flag: string, text: string): PlaceName {
  const parts = text.split("/");
  const account = /^\d{12}$/.test(parts[0] ?? "") ? parts.shift() : undefined;
  const [region = "", ...rest] = parts;
  const repository = rest.length > 0 ? rest.join("/") : undefined;
  const isGood =
    /^[a-z]{2,}(?:-[a-z]+)+-\d+$/.test(region) &&
    (repository === undefined || isRepositoryName(repository));
  if (isGood) {
    return { ...(account && { account }), region, ...(repository && { repository }) };
  }
  throw new SlipwayError("USAGE", `${flag} '${text}' is not [ACCOUNT/]REGION[/REPOSITORY]`, {
    suggestions: [`${flag} eu-west-1`, `${flag} 123456789012/eu-west-1/team/app`],
  });
}

function destinationOf(text: string, { profile }: PromotionCall, request: Request): Destination {
  const { repository, ...place } = parsePlace("--to", text);
  const target = withProfile(targetAt(place, request), profile);
  return { target, ...(repository && { repository }) };
}

/** A name of what a registry has. Throws USAGE for a layout. */
function parsePromotable(named: string) {
  const name = parseImageName(named);
  if (name.kind !== "layout") return name;
  throw new SlipwayError(
    "USAGE",
    `'${named}' is on this machine: only what a registry has is promoted`,
    {
      suggestions: ["publish it: slipway release"],
    },
  );
}

function wishOf(named: string, call: PromotionCall, request: Request): ImageWish {
  const name = parsePromotable(named);
  if (name.kind !== "repository") {
    const { kind: _, ...image } = name;
    return { named, ...homeOf(call, request), image };
  }
  const { host, repository, tag = "", digest } = name.reference;
  const { beginning } = name;
  const ecr = host === undefined ? undefined : parseEcrHost(host);
  const image =
    beginning !== undefined ? { beginning } : digest === undefined ? { tag } : { digest };
  if (ecr === undefined) {
    const { at } = homeOf(call, request);
    return { named, at, repository, ...(host && { host }), image };
  }
  const { account, region } = ecr;
  return { named, at: sourceAt({ account, region }, call, request), repository, image };
}

/** What is named twice is meant once. */
function withoutTwins(images: readonly ImageWish[]): ImageWish[] {
  const keyOf = ({ named: _, ...wish }: ImageWish) => JSON.stringify(wish);
  return images.filter((wish, at) => images.findIndex((one) => keyOf(one) === keyOf(wish)) === at);
}

/** A release's receipt names its image by digest, and every registry that has it: the first one will do. */
function wishOfReceipt(
  { file, image, digest, target }: ReceiptReference,
  call: PromotionCall,
  request: Request,
): ImageWish {
  const at = sourceAt(parsePlace(file, target), call, request);
  return { named: `${image} of ${file}`, at, repository: image, image: { digest } };
}

/** Where an image is that is named without its registry: `--from`, or the first target of slipway.yaml. */
function homeOf(call: PromotionCall, request: Request): Pick<ImageWish, "at" | "repository"> {
  if (call.from !== undefined) {
    const { repository = request.image, ...place } = parsePlace("--from", call.from);
    return { at: sourceAt(place, call, request), repository };
  }
  const [first] = request.targets;
  if (first === undefined) {
    throw new SlipwayError("USAGE", "nothing says in which registry the image is", {
      suggestions: ["--from eu-west-1", "--from 123456789012/eu-west-1"],
    });
  }
  return { at: withProfile(first, call.fromProfile), repository: request.image };
}

function sourceAt(
  place: Omit<PlaceName, "repository">,
  { fromProfile, profile }: PromotionCall,
  request: Request,
): TargetRequest {
  return withProfile(targetAt(place, request), fromProfile ?? profile);
}

function withProfile(target: TargetRequest, profile: string | undefined): TargetRequest {
  return profile === undefined ? target : { ...target, profile };
}

/** As slipway.yaml has it among its targets, else as the caller can reach it. */
function targetAt(
  { account, region }: Omit<PlaceName, "repository">,
  { targets }: Request,
): TargetRequest {
  const near = targets.filter((target) => target.region === region);
  if (account === undefined) verifyOne(near);
  const known =
    near.find((target) => target.account === account) ??
    near.find((target) => account === undefined || target.account === undefined);
  return { ...known, region, ...(account !== undefined && { account }) };
}

/** Which of several accounts a region alone means, nobody can know. */
function verifyOne(near: Request["targets"]): void {
  const ids = [
    ...new Set(near.flatMap(({ account, region }) => account && `${account}/${region}`)),
  ];
  if (ids.length < 2 || near.some(({ account }) => account === undefined)) return;
  throw new SlipwayError(
    "USAGE",
    `${near[0]?.region} is that of ${ids.length} targets of slipway.yaml, in different accounts`,
    { suggestions: [`name the account too: ${ids.join(", or ")}`] },
  );
}

function verifyTags(tags: readonly string[], images: readonly ImageWish[]): void {
  const wrong = tags.find((tag) => !isTag(tag));
  if (wrong !== undefined) {
    throw new SlipwayError("USAGE", `--tag '${wrong}' is not a legal tag`, {
      suggestions: ["a tag has 1 to 128 letters, digits, '_', '.' and '-'"],
    });
  }
  if (images.length === 1) return;
  throw new SlipwayError(
    "USAGE",
    `--tag names the tags of one image, and ${images.length} were given`,
    {
      suggestions: ["promote them one by one, or leave --tag out: each keeps its own tags"],
    },
  );
}
