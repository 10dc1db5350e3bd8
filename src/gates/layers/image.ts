import { availableParallelism } from "node:os";
import { describeImage, isForeign, isRunnable } from "../../inspection/describe.ts";
import type { PlatformImage } from "../../inspection/image.ts";
import { withoutSecrets } from "../../inspection/secrets.ts";
import { type ImageConfig, parseConfig } from "../../oci/image-config.ts";
import { type Descriptor, parseManifest } from "../../oci/manifest.ts";
import { eachOf } from "../../oci/parallel.ts";
import type { Digest } from "../../oci/reference.ts";
import { readSmallBlob } from "../../oci/small-blob.ts";
import type { GateSubject } from "../../release/gate.ts";
import { type FactsCache, factsCache } from "./cache.ts";
import type { LayerFacts } from "./facts.ts";
import { type FileSystem, layFileSystem } from "./file-system.ts";
import { readLayer } from "./read-layer.ts";

type Image = NonNullable<GateSubject["image"]>;

/** The image of one platform: what its config tells, and the facts of each of its layers in their order. */
export interface PlatformFacts {
  /** Without the values of secrets. */
  readonly image: PlatformImage;
  readonly config: ImageConfig;
  readonly layers: readonly LayerFacts[];
  /** What a container sees of them. */
  readonly system: FileSystem;
}

/** Gates that look at one image side by side read it once. */
const reading = new WeakMap<Image, Promise<readonly PlatformFacts[]>>();

/** Every platform of an image with the facts of its layers, each layer read once, and never again on this machine. */
export function imageFacts(image: Image, cacheDir: string): Promise<readonly PlatformFacts[]> {
  const begun = reading.get(image) ?? readImage(image, factsCache(cacheDir));
  reading.set(image, begun);
  return begun;
}

async function readImage({ tree, source }: Image, cache: FactsCache): Promise<PlatformFacts[]> {
  const manifests = new Map(
    tree.nodes.map(({ manifest: { digest, bytes, mediaType } }) => [
      digest,
      parseManifest(bytes, mediaType),
    ]),
  );
  const images = [...manifests.values()].filter(isRunnable);
  const configs = new Map<Digest, ImageConfig>();
  for (const { config } of images) {
    configs.set(config.digest, parseConfig(await readSmallBlob(config, source), config.digest));
  }
  const facts = await readLayers(
    images.flatMap(({ layers }) => layers),
    source,
    cache,
  );
  const { platforms } = withoutSecrets(describeImage({ root: tree.root, manifests, configs }));
  return platforms.map((image) => {
    const layers = image.layers.map(({ digest }) => known(facts, digest));
    const system = layFileSystem(layers.map(({ entries }) => entries));
    return { image, config: known(configs, image.config.digest), layers, system };
  });
}

async function readLayers(
  layers: readonly Descriptor[],
  source: Image["source"],
  cache: FactsCache,
): Promise<Map<Digest, LayerFacts>> {
  // The largest first, so that the last one to finish is a small one.
  const each = [...new Map(layers.map((layer) => [layer.digest, layer])).values()].sort(
    (a, b) => b.size - a.size,
  );
  const facts = new Map<Digest, LayerFacts>();
  await eachOf(each, availableParallelism(), async (layer) => {
    facts.set(layer.digest, await factsOf(layer, source, cache));
  });
  return facts;
}

async function factsOf(
  layer: Descriptor,
  source: Image["source"],
  cache: FactsCache,
): Promise<LayerFacts> {
  if (isForeign(layer)) return foreign(layer);
  const kept = await cache.find(layer.digest);
  if (kept) return kept;
  const facts = await readLayer(layer, source);
  await cache.keep(layer.digest, facts);
  return facts;
}

function foreign({ mediaType }: Descriptor): LayerFacts {
  const nothing = { entries: [], sniffed: [], binaries: [], unpackedBytes: 0, diffId: null };
  return { ...nothing, troubles: [{ code: "LAYER_FOREIGN", what: `its type is ${mediaType}` }] };
}

function known<T>(map: ReadonlyMap<Digest, T>, digest: Digest): T {
  const value = map.get(digest);
  if (value === undefined) throw new Error(`${digest} was not read`);
  return value;
}
