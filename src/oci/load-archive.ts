import { checked } from "./checked.ts";
import type { Chunks } from "./chunks.ts";
import type { Source, StoredManifest } from "./content.ts";
import { type ImageManifest, mediaTypes } from "./manifest.ts";
import type { Digest } from "./reference.ts";
import { tarEnd, tarHeader, tarPadding } from "./tar-header.ts";

/** One image of one platform as it is stored: no byte of it is written anew. */
export interface LoadedImage {
  readonly manifest: StoredManifest;
  readonly parsed: ImageManifest;
  readonly source: Source;
  /** `name:tag` under which an engine shall know it. */
  readonly name: string;
}

/**
 * The image as the tar that `docker load` reads: an OCI layout for engines with the containerd image store, and
 * beside it `manifest.json` for the classic one (docker/docker image/tarexport). Streamed; every blob is checked
 * on its way. Ends with CONTENT_CORRUPT when one has not its digest.
 */
export async function* loadArchive(image: LoadedImage): Chunks {
  const { manifest, parsed, source } = image;
  yield* entry("oci-layout", json({ imageLayoutVersion: "1.0.0" }));
  yield* entry("index.json", json(indexOf(image)));
  yield* entry("manifest.json", json(dockerManifestOf(image)));
  yield* entry(pathOf(manifest.digest), manifest.bytes);
  const blobs = new Map(
    [parsed.config, ...parsed.layers].map((descriptor) => [descriptor.digest, descriptor]),
  );
  for (const descriptor of blobs.values()) {
    yield tarHeader(pathOf(descriptor.digest), descriptor.size);
    yield* checked(await source.blob(descriptor), descriptor, source.place);
    yield tarPadding(descriptor.size);
  }
  yield tarEnd();
}

function* entry(path: string, bytes: Buffer): Iterable<Buffer> {
  yield tarHeader(path, bytes.length);
  yield bytes;
  yield tarPadding(bytes.length);
}

/** The name is read from this annotation by containerd (core/images/annotations.go) and so by docker. */
function indexOf({ manifest: { mediaType, digest, bytes }, name }: LoadedImage) {
  const annotations = { "io.containerd.image.name": `docker.io/library/${name}` };
  const manifests = [{ mediaType, digest, size: bytes.length, annotations }];
  return { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
}

function dockerManifestOf({ parsed, name }: LoadedImage) {
  const layers = parsed.layers.map(({ digest }) => pathOf(digest));
  return [{ Config: pathOf(parsed.config.digest), RepoTags: [name], Layers: layers }];
}

function pathOf(digest: Digest): string {
  return `blobs/${digest.replace(":", "/")}`;
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
