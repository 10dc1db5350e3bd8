import { availableParallelism } from "node:os";
import { describeImage } from "../../inspection/describe.ts";
import type { PlatformImage } from "../../inspection/image.ts";
import { withoutSecrets } from "../../inspection/secrets.ts";
import type { ImageConfig } from "../../oci/image-config.ts";
import { type Descriptor, isForeign, parseManifest } from "../../oci/manifest.ts";
import { eachOf } from "../../oci/parallel.ts";
import type { Digest } from "../../oci/reference.ts";
import type { GateSubject } from "../../release/gate.ts";
import { readConfigs } from "../images.ts";
import type { GatePlace } from "../judge.ts";
import { type Kept, keptIn } from "../kept.ts";
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
export function imageFacts(
  image: Image,
  place: Pick<GatePlace, "cacheDir" | "now">,
): Promise<readonly PlatformFacts[]> {
  const begun = reading.get(image) ?? readImage(image, keptIn(place));
  reading.set(image, begun);
  return begun;
}

async function readImage(image: Image, kept: Kept): Promise<PlatformFacts[]> {
  const { tree, source } = image;
  const images = await readConfigs(image);
  const configs = new Map(images.map(({ manifest, config }) => [manifest.config.digest, config]));
  const facts = await readLayers(
    images.flatMap(({ manifest }) => manifest.layers),
    source,
    kept,
  );
  const manifests = new Map(
    tree.nodes.map(({ manifest: { digest, bytes, mediaType } }) => [
      digest,
      parseManifest(bytes, mediaType),
    ]),
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
  kept: Kept,
): Promise<Map<Digest, LayerFacts>> {
  // The largest first, so that the last one to finish is a small one.
  const each = [...new Map(layers.map((layer) => [layer.digest, layer])).values()].sort(
    (a, b) => b.size - a.size,
  );
  const facts = new Map<Digest, LayerFacts>();
  await eachOf(each, availableParallelism(), async (layer) => {
    facts.set(layer.digest, await factsOf(layer, source, kept));
  });
  return facts;
}

/** Another number when facts or the rules by which they are found change: what was kept before is not looked at again. */
const rules = 2;

async function factsOf(
  layer: Descriptor,
  source: Image["source"],
  kept: Kept,
): Promise<LayerFacts> {
  if (isForeign(layer)) return foreign(layer);
  const key = { gate: "layers", rules, digest: layer.digest };
  const known = await kept.find(key);
  if (known !== undefined) return known as LayerFacts;
  const facts = await readLayer(layer, source);
  await kept.keep(key, facts);
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
