import { createHash } from "node:crypto";
import { renameSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import { SlipwayError } from "../errors.ts";
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
/** A turn of the loop after each would take half as long again as the images. */
const imagesAtOnce = 100;

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
  readonly signal: AbortSignal | undefined;
}

/**
 * Makes the repositories of a seed and their images, of the ages they say. A repository that is there already stays as
 * it is. The same seed makes the same digests. Images of a repository share configs and layers, and differ by an
 * annotation: a file an image is what makes a hundred thousand of them a matter of seconds. Throws INTERRUPTED when
 * `signal` says so: the repository that was being made is then none.
 */
export async function plantSeed(
  state: State,
  seed: Seed,
  place: SeedPlace,
  signal?: AbortSignal,
): Promise<void> {
  for (const wanted of seed.repositories) await plantRepository(state, wanted, place, signal);
}

async function plantRepository(
  state: State,
  wanted: SeedRepository,
  { account, region }: SeedPlace,
  signal: AbortSignal | undefined,
): Promise<void> {
  const registry = openRegistry(state, wanted.account ?? account, wanted.region ?? region);
  if (registry.repositories.has(wanted.name)) return;
  const settings = settingsOf(wanted, state.now());
  const grown = createRepository(settings);
  const bed: Bed = { state, registry, grown, events: [], contents: new Map(), signal };
  const { images = [], lifecyclePolicy } = wanted;
  const oldestFirst = images.toSorted((a, b) => (b.ageDays ?? 0) - (a.ageDays ?? 0));
  for (const [at, image] of oldestFirst.entries()) {
    if (at % imagesAtOnce === 0) await goOn(signal);
    await plantImage(bed, image, `${wanted.name} ${at}`);
  }
  if (lifecyclePolicy !== undefined) {
    const lifecycle = { text: lifecyclePolicy, setAt: state.now() };
    grow(bed, [{ did: "set-lifecycle", lifecycle }]);
  }
  commit(registry, addRepository(registry, settings), bed.events);
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

/** A turn for whoever wants this to end. */
async function goOn(signal: AbortSignal | undefined): Promise<void> {
  await nextTurn();
  if (signal?.aborted) throw new SlipwayError("INTERRUPTED", "stopped while the seed was planted");
}

/** An image of one platform, or an index of several. */
async function plantImage(
  bed: Bed,
  { tags = [], ageDays = 0, pulledDaysAgo, bytes = 1000, platforms = ["linux/amd64"] }: SeedImage,
  salt: string,
): Promise<void> {
  const now = bed.state.now();
  const pushedAt = now - ageDays * day;
  const children: Descriptor[] = [];
  for (const platform of platforms) {
    const { architecture, os, variant } = partsOf(platform);
    const text = JSON.stringify({ os, architecture, variant });
    const config = await plantContent(bed, { text, bytes: 0, pushedAt });
    const about = `${bed.grown.name} ${platform}`;
    const layer = await plantContent(bed, { text: about, bytes, pushedAt });
    const child = plantManifest(bed, pushedAt, {
      mediaType: mediaTypes.ociManifest,
      config: { ...config, mediaType: mediaTypes.ociConfig },
      layers: [{ ...layer, mediaType: mediaTypes.ociLayer }],
      annotations: { "slipway.seed": `${salt} ${platform}` },
    });
    children.push(child);
  }
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
async function plantContent(bed: Bed, { text, bytes, pushedAt }: Content): Promise<Descriptor> {
  const key = `${bytes} ${text}`;
  const known = bed.contents.get(key);
  if (known) return known;
  const size = Math.max(bytes, Buffer.byteLength(text));
  const digest = await writeContent(bed, text, size);
  const content = { mediaType: mediaTypes.ociLayer, digest, size };
  bed.contents.set(key, content);
  grow(bed, [{ did: "add-layer", layer: { digest, size, addedAt: pushedAt } }]);
  return content;
}

/** Written piece by piece, and moved to its place when its digest is known. */
async function writeContent({ state, signal }: Bed, text: string, size: number): Promise<Digest> {
  const path = uploadFile(state.content, crypto.randomUUID());
  const hash = createHash("sha256");
  await using file = await open(path, "wx");
  for (let at = 0; at < size; at += chunkBytes) {
    const chunk = Buffer.alloc(Math.min(chunkBytes, size - at), `${text}\n`);
    hash.update(chunk);
    await file.writeFile(chunk);
    await goOn(signal);
  }
  const digest: Digest = `sha256:${hash.digest("hex")}`;
  renameSync(path, blobFile(state.content, digest));
  return digest;
}
