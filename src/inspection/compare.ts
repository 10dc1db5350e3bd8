import type { Settings } from "../oci/image-config.ts";
import { canonicalPlatform } from "../oci/platform.ts";
import type { Digest } from "../oci/reference.ts";
import type { ImageContents, Layer, PlatformImage } from "./image.ts";
import { maskedValue, maskedWords } from "./secrets.ts";

/** Something that has a name and another value than before; `null` where it was absent or is now. */
export interface Change {
  readonly name: string;
  readonly from: string | null;
  readonly to: string | null;
}

export interface Weighed {
  readonly digest: Digest;
  readonly bytes: number;
}

export interface PlatformChange {
  /** As the image names it, else the other. */
  readonly platform: string;
  readonly state: "same" | "changed" | "added" | "gone";
  readonly from: Weighed | null;
  readonly to: Weighed | null;
  /** What somebody who has the other image of this platform pulls: layers and config that it does not have. */
  readonly pullBytes: number;
  readonly layers: {
    readonly shared: readonly Digest[];
    readonly new: readonly Digest[];
    /** Those of the other image alone: nothing else here tells of them. */
    readonly gone: readonly Layer[];
  };
  readonly labels: readonly Change[];
  readonly settings: readonly Change[];
}

/** An image against another, usually the version before. */
export interface Comparison {
  readonly reference: string;
  readonly digest: Digest;
  readonly same: boolean;
  readonly platforms: readonly PlatformChange[];
  readonly annotations: readonly Change[];
}

/** Compares an image with the one `before` it, platform by platform. Values of secret names are blotted out after they were compared. */
export function compareImages(
  now: ImageContents,
  before: ImageContents,
  reference: string,
): Comparison {
  const fresh = byPlatform(now);
  const old = byPlatform(before);
  return {
    reference,
    digest: before.digest,
    same: now.digest === before.digest,
    platforms: [...new Set([...fresh.keys(), ...old.keys()])].map((name) =>
      comparePlatform(fresh.get(name), old.get(name)),
    ),
    annotations: changes(now.annotations, before.annotations),
  };
}

/** In the index's order, by the canonical name. The first of a name counts, as it does for who pulls. */
function byPlatform({ platforms }: ImageContents): Map<string, PlatformImage> {
  const found = new Map<string, PlatformImage>();
  for (const image of platforms) {
    const name = canonicalPlatform(image.platform);
    if (!found.has(name)) found.set(name, image);
  }
  return found;
}

function comparePlatform(
  now: PlatformImage | undefined,
  before: PlatformImage | undefined,
): PlatformChange {
  const had = blobsOf(before);
  const has = blobsOf(now);
  const fresh = [...has].filter(([digest]) => !had.has(digest));
  const layersNow = layersOf(now);
  const layersBefore = layersOf(before);
  return {
    platform: (now ?? before)?.platform ?? "unknown",
    state: stateOf(now, before),
    from: before ? { digest: before.digest, bytes: before.bytes } : null,
    to: now ? { digest: now.digest, bytes: now.bytes } : null,
    pullBytes: fresh.reduce((sum, [, bytes]) => sum + bytes, 0),
    layers: {
      shared: [...layersNow.keys()].filter((digest) => layersBefore.has(digest)),
      new: [...layersNow.keys()].filter((digest) => !layersBefore.has(digest)),
      gone: [...layersBefore.values()].filter(({ digest }) => !layersNow.has(digest)),
    },
    labels: now && before ? changes(now.labels, before.labels) : [],
    settings: now && before ? changes(flat(now.settings), flat(before.settings)) : [],
  };
}

function stateOf(
  now: PlatformImage | undefined,
  before: PlatformImage | undefined,
): PlatformChange["state"] {
  if (before === undefined) return "added";
  if (now === undefined) return "gone";
  return now.digest === before.digest ? "same" : "changed";
}

function blobsOf(image: PlatformImage | undefined): Map<Digest, number> {
  if (image === undefined) return new Map();
  return new Map([image.config, ...image.layers].map(({ digest, bytes }) => [digest, bytes]));
}

/** Each once, at its first place. */
function layersOf(image: PlatformImage | undefined): Map<Digest, Layer> {
  const found = new Map<Digest, Layer>();
  for (const layer of image?.layers ?? []) {
    if (!found.has(layer.digest)) found.set(layer.digest, layer);
  }
  return found;
}

/** Settings as names and words, each variable of the environment by itself. */
function flat({ env, ...settings }: Settings): Record<string, string> {
  const words = Object.entries(settings).map(([name, value]) => [
    name,
    typeof value === "string" ? value : value.length === 0 ? "" : JSON.stringify(value),
  ]);
  const variables = env.map(({ name, value }) => [`env ${name}`, value]);
  return Object.fromEntries([...words.filter(([, value]) => value !== ""), ...variables]);
}

function changes(
  now: Readonly<Record<string, string>>,
  before: Readonly<Record<string, string>>,
): Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  return names
    .filter((name) => now[name] !== before[name])
    .map((name) => ({ name, from: shown(name, before[name]), to: shown(name, now[name]) }));
}

function shown(name: string, value: string | undefined): string | null {
  if (value === undefined) return null;
  return maskedWords(maskedValue(name.replace(/^env /, ""), value));
}
