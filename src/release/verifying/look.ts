import type { Referrer } from "../../ecr/types.ts";
import { SlipwayError } from "../../errors.ts";
import { parseConfig } from "../../oci/image-config.ts";
import { eachOf } from "../../oci/parallel.ts";
import type { Digest } from "../../oci/reference.ts";
import type { Registry } from "../../oci/registry.ts";
import { type Signer, signerOf } from "../../oci/signature.ts";
import { readSmallBlob } from "../../oci/small-blob.ts";
import { manifestIn, readTreeWith, type Tree } from "../../oci/tree.ts";
import { missingFrom } from "../applying/published.ts";
import { contentsOf, platformAlone } from "../contents.ts";
import type { TargetFacts } from "../observed.ts";
import { revisionAnnotation } from "../planning/identity.ts";
import type { ReleasedPlatform } from "../receipt.ts";
import { isRecordType } from "../receipt-artifact.ts";
import { targetRegistry } from "../target-registry.ts";
import type { World } from "../world.ts";

/** From which commit an image says that it was built; `null` where it does not say. */
export interface StatedRevisions {
  readonly annotation: string | null;
  readonly labels: readonly { readonly platform: string; readonly revision: string | null }[];
}

/** Something that refers to the image or to a part of it: a signature, an SBOM. */
export type SeenReferrer = Pick<Referrer, "digest" | "artifactType" | "status">;

/** An image as one target holds it. */
export interface SeenImage {
  readonly tree: Tree;
  /** Manifests and blobs that are named and not there. */
  readonly missing: readonly string[];
  readonly platforms: readonly ReleasedPlatform[];
  readonly attestations: number;
  readonly revisions: StatedRevisions;
  /** Without Slipway's own records, which tell of each target alone. */
  readonly referrers: readonly SeenReferrer[];
  /** Whose signatures refer to the image itself and can be pulled; by whatever key. */
  readonly signers: ReadonlySet<Signer>;
}

const configsAtOnce = 8;
const unreadable: readonly string[] = ["NOT_FOUND", "MANIFEST_INVALID", "CONTENT_CORRUPT"];

/**
 * Reads all of an image but its layers, with everything that refers to it. The error where a part of it is not there
 * or has other bytes: that is an answer too. Throws what the registry otherwise refuses.
 */
export async function lookAt(
  digest: Digest,
  place: Pick<TargetFacts, "request" | "account"> & { readonly name: string; readonly uri: string },
  world: Pick<World, "ecr" | "signal" | "report">,
): Promise<SeenImage | SlipwayError> {
  const registry = await targetRegistry(place.request, place.uri, world);
  const id = { name: place.name, registryId: place.account };
  const referrers = new Map<Digest, Referrer>();
  const signers = new Set<Signer>();
  const belongingTo = async (subject: Digest) => {
    const found = await world.ecr(place.request).referrers(id, subject);
    for (const referrer of found) referrers.set(referrer.digest, referrer);
    const active = found.filter(({ status }) => status === "ACTIVE");
    if (subject === digest) for (const signer of active.flatMap(signersOf)) signers.add(signer);
    return active.map(({ digest, mediaType }) => ({ digest, mediaType }));
  };
  try {
    const tree = await readTreeWith({ digest, mediaType: "" }, registry, belongingTo);
    return {
      ...(await complete(tree, registry)),
      referrers: comparable(referrers.values()),
      signers,
    };
  } catch (error) {
    if (error instanceof SlipwayError && unreadable.includes(error.code)) return error;
    throw error;
  }
}

function signersOf(referrer: Referrer): readonly Signer[] {
  const signer = signerOf(referrer);
  return signer === undefined ? [] : [signer];
}

async function complete(
  tree: Tree,
  registry: Registry,
): Promise<Omit<SeenImage, "referrers" | "signers">> {
  const missing = await missingFrom(registry, tree);
  const contents = contentsOf(tree, await platformAlone(tree, registry, missing));
  const labels = await labelsOf(tree, contents.platforms, registry, missing);
  const annotation = manifestIn(tree, tree.root)?.annotations[revisionAnnotation] ?? null;
  return { tree, missing, ...contents, revisions: { annotation, labels } };
}

async function labelsOf(
  tree: Tree,
  platforms: readonly ReleasedPlatform[],
  registry: Registry,
  missing: readonly string[],
): Promise<StatedRevisions["labels"]> {
  const stated = new Map<Digest, string | null>();
  await eachOf(platforms, configsAtOnce, async ({ digest }) => {
    const manifest = manifestIn(tree, digest);
    if (manifest?.kind !== "image" || missing.includes(manifest.config.digest)) return;
    const bytes = await readSmallBlob(manifest.config, registry);
    const { labels } = parseConfig(bytes, manifest.config.digest);
    stated.set(digest, labels[revisionAnnotation] ?? null);
  });
  return platforms.flatMap(({ platform, digest }) => {
    const revision = stated.get(digest);
    return revision === undefined ? [] : [{ platform, revision }];
  });
}

function comparable(referrers: Iterable<Referrer>): SeenReferrer[] {
  return [...referrers]
    .filter(({ artifactType }) => !isRecordType(artifactType))
    .map(({ digest, artifactType, status }) => ({
      digest,
      ...(artifactType !== undefined && { artifactType }),
      status,
    }))
    .sort((a, b) => (a.digest < b.digest ? -1 : 1));
}
