import type { PreviousImages } from "../../release/gate.ts";
import type {
  DuplicateFile,
  LayerSize,
  LostFile,
  PlatformSize,
  SizedFile,
} from "../../release/size-report.ts";
import { imageBefore } from "../images.ts";
import type { FileSystem, Lost, Placed } from "../layers/file-system.ts";
import type { PlatformFacts } from "../layers/image.ts";

/** So many of each kind stand by name. */
const named = 10;

/** What an image of one platform weighs and why; pure. `before` is the platform's image in the release before. */
export function measure(platform: PlatformFacts, before?: PreviousImages): PlatformSize {
  const { image, system } = platform;
  const old = before && imageBefore(image.platform, before);
  const sizes = layerSizes(platform, system, old?.layers);
  const fresh = new Set(sizes.flatMap(({ isNew }, at) => (isNew === false ? [] : [at])));
  return {
    platform: image.platform,
    bytes: image.bytes,
    unpackedBytes: sum(sizes.map(({ unpackedBytes }) => unpackedBytes)),
    before: before && old ? { version: before.version, bytes: old.bytes } : null,
    layers: sizes,
    lost: lostOf(system),
    duplicates: duplicatesOf(system),
    largest: system.visible
      .filter(({ layer, entry }) => fresh.has(layer) && entry.size > 0)
      .sort(bySize)
      .slice(0, named)
      .map(sizedFile),
  };
}

function layerSizes(
  { image, layers }: PlatformFacts,
  { lost }: FileSystem,
  old: readonly string[] | undefined,
): LayerSize[] {
  const gone = Map.groupBy(lost, ({ layer }) => layer);
  return image.layers.map(({ digest, bytes, instruction, foreign }, at) => {
    const files = layers[at]?.entries.filter(({ type }) => type === "file") ?? [];
    return {
      digest,
      bytes,
      unpackedBytes: sum(files.map(({ size }) => size)),
      files: files.length,
      lostBytes: sum((gone.get(at) ?? []).map(({ entry }) => entry.size)),
      instruction,
      foreign,
      ...(old && { isNew: !old.includes(digest) }),
    };
  });
}

function lostOf({ lost, visible }: FileSystem): PlatformSize["lost"] {
  const files = lost.filter(({ entry }) => entry.size > 0).sort(bySize);

  const now = new Map(visible.map(({ entry }) => [entry.path, entry]));
  const repeated = ({ entry: { path, size, sum: own } }: Lost) =>
    own !== undefined && now.get(path)?.sum === own && now.get(path)?.size === size;
  return {
    bytes: sum(files.map(({ entry }) => entry.size)),
    files: files.slice(0, named).map((one): LostFile => {
      const how = one.how === "replaced" && repeated(one) ? "repeated" : one.how;
      return { ...sizedFile(one), by: one.by + 1, how };
    }),
  };
}

/** By size and checksum: good enough to tell what takes room, and nothing is decided by it. */
function duplicatesOf({ visible }: FileSystem): PlatformSize["duplicates"] {
  const summed = visible.filter(({ entry }) => entry.sum !== undefined);
  const groups = [...Map.groupBy(summed, ({ entry }) => `${entry.size} ${entry.sum}`).values()];
  const files = groups
    .filter(({ length }) => length > 1)
    .map((group): DuplicateFile => {
      const paths = group.map(({ entry }) => `/${entry.path}`).sort();
      return { bytes: group[0]?.entry.size ?? 0, paths };
    })
    .sort((a, b) => extra(b) - extra(a));
  return { bytes: sum(files.map(extra)), files: files.slice(0, named) };
}

function extra({ bytes, paths }: DuplicateFile): number {
  return bytes * (paths.length - 1);
}

function sizedFile({ entry, layer }: Placed): SizedFile {
  return { path: `/${entry.path}`, bytes: entry.size, layer: layer + 1 };
}

function bySize(a: Placed, b: Placed): number {
  return b.entry.size - a.entry.size || (a.entry.path < b.entry.path ? -1 : 1);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
