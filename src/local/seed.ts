import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { mediaTypes } from "../oci/manifest.ts";
import type { Digest } from "../oci/reference.ts";
import { keepFile, uploadFile } from "./content.ts";
import type { LayerPlace } from "./layer-upload.ts";
import { pushImage } from "./push.ts";
import type { Seed, SeedImage, SeedRepository } from "./seed-file.ts";
import { addRepository, commit, openRegistry, type State } from "./state.ts";

const day = 86_400_000;
const chunkBytes = 1 << 20;

/** Where seeded repositories are when they do not say. */
export interface SeedPlace {
  readonly account: string;
  readonly region: string;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

/**
 * Makes the repositories of a seed and their images, of the ages they say. A repository that is there already stays as
 * it is. The same seed makes the same digests.
 */
export async function plantSeed(state: State, seed: Seed, place: SeedPlace): Promise<void> {
  for (const repository of seed.repositories) await plantRepository(state, repository, place);
}

async function plantRepository(
  state: State,
  wanted: SeedRepository,
  { account, region }: SeedPlace,
): Promise<void> {
  const registry = openRegistry(state, wanted.account ?? account, wanted.region ?? region);
  if (registry.repositories.has(wanted.name)) return;
  const { images = [], lifecyclePolicy, mutability = "MUTABLE", exclusions = [] } = wanted;
  const oldest = Math.max(0, ...images.map(({ ageDays = 0 }) => ageDays));
  const repository = addRepository(registry, {
    name: wanted.name,
    createdAt: state.now() - oldest * day,
    encryption: { type: "AES256" },
    mutability: { mutability, exclusions },
    scanOnPush: false,
    resourceTags: wanted.resourceTags ?? {},
  });
  const oldestFirst = images.toSorted((a, b) => (b.ageDays ?? 0) - (a.ageDays ?? 0));
  for (const [at, image] of oldestFirst.entries()) {
    await plantImage({ state, registry, repository }, image, `${wanted.name} ${at}`);
  }
  if (lifecyclePolicy === undefined) return;
  const lifecycle = { text: lifecyclePolicy, setAt: state.now() };
  commit(registry, repository, [{ did: "set-lifecycle", lifecycle }]);
}

/** An image of one platform, or an index of several. */
async function plantImage(
  { state, registry, repository }: LayerPlace,
  { tags = [], ageDays = 0, pulledDaysAgo, bytes = 1000, platforms = ["linux/amd64"] }: SeedImage,
  salt: string,
): Promise<void> {
  const pushedAt = state.now() - ageDays * day;
  const then = { state: { ...state, now: () => pushedAt }, registry, repository };
  const children: Descriptor[] = [];
  for (const platform of platforms) {
    children.push(await plantPlatform(then, { salt: `${salt} ${platform}`, bytes, platform }));
  }
  const [only] = children;
  const root = children.length === 1 && only ? only : await plantIndex(then, children, platforms);
  const events = tags.map((tag) => ({ did: "tag", tag, digest: root.digest }) as const);
  commit(registry, repository, events);
  if (pulledDaysAgo === undefined) return;
  const at = state.now() - pulledDaysAgo * day;
  commit(registry, repository, [{ did: "pull", digest: root.digest, at }]);
}

async function plantPlatform(
  place: LayerPlace,
  { salt, bytes, platform }: { salt: string; bytes: number; platform: string },
): Promise<Descriptor> {
  const [os, architecture, variant] = platform.split("/");
  const config = await plantLayer(place, JSON.stringify({ os, architecture, variant, salt }), 0);
  const layer = await plantLayer(place, salt, bytes);
  return await plantManifest(place, {
    mediaType: mediaTypes.ociManifest,
    config: { ...config, mediaType: mediaTypes.ociConfig },
    layers: [{ ...layer, mediaType: mediaTypes.ociLayer }],
  });
}

async function plantIndex(
  place: LayerPlace,
  children: readonly Descriptor[],
  platforms: readonly string[],
): Promise<Descriptor> {
  const manifests = children.map((child, at) => {
    const [os, architecture, variant] = (platforms[at] ?? "").split("/");
    return { ...child, platform: { os, architecture, ...(variant && { variant }) } };
  });
  return await plantManifest(place, { mediaType: mediaTypes.ociIndex, manifests });
}

async function plantManifest(
  place: LayerPlace,
  manifest: Readonly<Record<string, unknown>>,
): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, ...manifest }));
  const { digest, mediaType } = await pushImage(place, { bytes });
  return { mediaType, digest, size: bytes.length };
}

/** Content that begins with a text and has at least so many bytes; written piece by piece. */
async function plantLayer(
  { state, registry, repository }: LayerPlace,
  text: string,
  bytes: number,
): Promise<Descriptor> {
  const file = uploadFile(state.content, crypto.randomUUID());
  const hash = createHash("sha256");
  const size = Math.max(bytes, Buffer.byteLength(text));
  const handle = await open(file, "wx");
  try {
    for (let at = 0; at < size; at += chunkBytes) {
      const chunk = Buffer.alloc(Math.min(chunkBytes, size - at), `${text}\n`);
      hash.update(chunk);
      await handle.write(chunk);
    }
  } finally {
    await handle.close();
  }
  const digest: Digest = `sha256:${hash.digest("hex")}`;
  await keepFile(state.content, file, digest);
  const layer = { digest, size, addedAt: state.now() };
  if (!repository.layers.has(digest)) {
    commit(registry, repository, [{ did: "add-layer", layer }]);
  }
  return { mediaType: mediaTypes.ociLayer, digest, size };
}
