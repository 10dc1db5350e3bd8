import { createHash } from "node:crypto";
import { closeSync, openSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { mediaTypes, parseManifest } from "../oci/manifest.ts";
import type { Digest } from "../oci/reference.ts";
import { blobFile, digestBytes, uploadFile } from "./content.ts";
import { newImage } from "./push.ts";
import {
  applyEvent,
  createRepository,
  type LiveRepository,
  type NewRepository,
  type RepositoryEvent,
} from "./repository.ts";
import type { Seed, SeedImage, SeedRepository } from "./seed-file.ts";
import { addRepository, commit, openRegistry, type Registry, type State } from "./state.ts";

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

/** A repository as it grows, before anything of it is committed: all of it is one line of its journal. */
interface Bed {
  readonly state: State;
  readonly registry: Registry;
  readonly grown: LiveRepository;
  readonly events: RepositoryEvent[];
  /** Contents that its images share, by what they are of. */
  readonly contents: Map<string, Descriptor>;
}

/**
 * Makes the repositories of a seed and their images, of the ages they say. A repository that is there already stays as
 * it is. The same seed makes the same digests. Images of a repository share configs and layers, and differ by an
 * annotation: a file an image is what makes a hundred thousand of them a matter of seconds.
 */
export async function plantSeed(state: State, seed: Seed, place: SeedPlace): Promise<void> {
  for (const wanted of seed.repositories) {
    plantRepository(state, wanted, place);
    await nextTurn();
  }
}

function plantRepository(
  state: State,
  wanted: SeedRepository,
  { account, region }: SeedPlace,
): void {
  const registry = openRegistry(state, wanted.account ?? account, wanted.region ?? region);
  if (registry.repositories.has(wanted.name)) return;
  const settings = settingsOf(wanted, state.now());
  const repository = addRepository(registry, settings);
  const grown = createRepository(settings);
  const bed: Bed = { state, registry, grown, events: [], contents: new Map() };
  const { images = [], lifecyclePolicy } = wanted;
  const oldestFirst = images.toSorted((a, b) => (b.ageDays ?? 0) - (a.ageDays ?? 0));
  for (const [at, image] of oldestFirst.entries()) plantImage(bed, image, `${wanted.name} ${at}`);
  if (lifecyclePolicy !== undefined) {
    const lifecycle = { text: lifecyclePolicy, setAt: state.now() };
    grow(bed, [{ did: "set-lifecycle", lifecycle }]);
  }
  commit(registry, repository, bed.events);
}

function settingsOf(
  { name, images = [], mutability = "MUTABLE", exclusions = [], resourceTags = {} }: SeedRepository,
  now: number,
): NewRepository {
  const oldest = images.reduce((most, { ageDays = 0 }) => Math.max(most, ageDays), 0);
  return {
    name,
    createdAt: now - oldest * day,
    encryption: { type: "AES256" },
    mutability: { mutability, exclusions },
    scanOnPush: false,
    resourceTags,
  };
}

function grow(bed: Bed, events: readonly RepositoryEvent[]): void {
  for (const event of events) applyEvent(bed.grown, event);
  bed.events.push(...events);
}

/** An image of one platform, or an index of several. */
function plantImage(
  bed: Bed,
  { tags = [], ageDays = 0, pulledDaysAgo, bytes = 1000, platforms = ["linux/amd64"] }: SeedImage,
  salt: string,
): void {
  const now = bed.state.now();
  const pushedAt = now - ageDays * day;
  const children = platforms.map((platform) => {
    const { architecture, os, variant } = partsOf(platform);
    const text = JSON.stringify({ os, architecture, variant });
    const config = plantContent(bed, { text, bytes: 0, pushedAt });
    const layer = plantContent(bed, { text: `${bed.grown.name} ${platform}`, bytes, pushedAt });
    return plantManifest(bed, pushedAt, {
      mediaType: mediaTypes.ociManifest,
      config: { ...config, mediaType: mediaTypes.ociConfig },
      layers: [{ ...layer, mediaType: mediaTypes.ociLayer }],
      annotations: { "slipway.seed": `${salt} ${platform}` },
    });
  });
  const [only] = children;
  const root =
    children.length === 1 && only
      ? only
      : plantManifest(bed, pushedAt, {
          mediaType: mediaTypes.ociIndex,
          manifests: children.map((child, at) => ({
            ...child,
            platform: partsOf(platforms[at] ?? ""),
          })),
        });
  grow(bed, [
    ...tags.map((tag) => ({ did: "tag", tag, digest: root.digest }) as const),
    ...(pulledDaysAgo === undefined
      ? []
      : [{ did: "pull", digest: root.digest, at: now - pulledDaysAgo * day } as const]),
  ]);
}

function partsOf(platform: string) {
  const [os, architecture, variant] = platform.split("/");
  return { os, architecture, ...(variant !== undefined && { variant }) };
}

function plantManifest(
  bed: Bed,
  pushedAt: number,
  content: Readonly<Record<string, unknown>>,
): Descriptor {
  const { state, registry, grown } = bed;
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, ...content }));
  const digest = digestBytes(bytes, "sha256");
  const manifest = parseManifest(bytes, undefined);
  const size = bytes.length;
  if (!grown.images.has(digest)) {
    // Nobody reads yet, and what a kill leaves half is referred to by nothing: the next start sweeps it.
    writeFileSync(blobFile(state.content, digest), bytes);
    const facts = { digest, manifestBytes: size, pushedAt };
    grow(bed, newImage({ registry, repository: grown }, manifest, facts));
  }
  return { mediaType: manifest.mediaType, digest, size };
}

interface Content {
  readonly text: string;
  readonly bytes: number;
  readonly pushedAt: number;
}

/** Content that begins with a text and has at least so many bytes. */
function plantContent(bed: Bed, { text, bytes, pushedAt }: Content): Descriptor {
  const key = `${bytes} ${text}`;
  const known = bed.contents.get(key);
  if (known) return known;
  const size = Math.max(bytes, Buffer.byteLength(text));
  const digest = writeContent(bed.state, text, size);
  const content = { mediaType: mediaTypes.ociLayer, digest, size };
  bed.contents.set(key, content);
  grow(bed, [{ did: "add-layer", layer: { digest, size, addedAt: pushedAt } }]);
  return content;
}

/** Written piece by piece, and moved to its place when its digest is known. */
function writeContent({ content }: State, text: string, size: number): Digest {
  const file = uploadFile(content, crypto.randomUUID());
  const hash = createHash("sha256");
  const descriptor = openSync(file, "wx");
  try {
    for (let at = 0; at < size; at += chunkBytes) {
      const chunk = Buffer.alloc(Math.min(chunkBytes, size - at), `${text}\n`);
      hash.update(chunk);
      writeSync(descriptor, chunk);
    }
  } finally {
    closeSync(descriptor);
  }
  const digest: Digest = `sha256:${hash.digest("hex")}`;
  renameSync(file, blobFile(content, digest));
  return digest;
}
