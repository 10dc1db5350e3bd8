import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { tar } from "../../scripts/base-image.d/tar.ts";
import { type Descriptor, digestOf, mediaTypes } from "../../src/oci/manifest.ts";
import type { Digest } from "../../src/oci/reference.ts";

/** What a synthetic image holds. Equal shapes give equal digests. */
export interface ImageShape {
  /** `linux/amd64` and `linux/arm64` by default. */
  readonly platforms?: readonly string[];
  /** Bytes of the one file in each layer, for every platform; one layer of 1000 bytes by default. */
  readonly layers?: readonly number[];
  /** The files are zeros, which compress a thousand times. */
  readonly zeros?: boolean;
  /** One attestation manifest for each platform, in buildx's form. */
  readonly attestations?: boolean;
  /** The predicate types of what they state, provenance by default. */
  readonly predicates?: readonly string[];
  /** What the attestations say of when it was built, which is all that a reproducible build changes. */
  readonly builtAt?: string;
  /** What the attestations say that the build read, as SLSA 0.2 lists it. */
  readonly materials?: readonly object[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** The commit in the labels of all platforms; that of the annotations by default, as a build gives both. */
  readonly labelled?: string;
  /** Tells images of one shape apart. */
  readonly seed?: string;
}

export interface Content {
  readonly root: Descriptor;
  /** Every manifest and blob by its digest. */
  readonly blobs: ReadonlyMap<Digest, Buffer>;
}

type Put = (bytes: Buffer | object, mediaType: string) => Descriptor;

/** An image that docker could load, in memory: real layers (tar, gzip) of bytes that do not compress. */
export function makeImage(shape: ImageShape = {}): Content {
  const { platforms = ["linux/amd64", "linux/arm64"], annotations } = shape;
  const blobs = new Map<Digest, Buffer>();
  const put: Put = (content, mediaType) => {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    const digest = digestOf(bytes);
    blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const images = platforms.map((platform) => makePlatform(put, platform, shape));
  const attested = shape.attestations
    ? images.map((image) => makeAttestation(put, image, shape))
    : [];
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [...images, ...attested],
    ...(annotations && { annotations }),
  };
  return { root: put(index, mediaTypes.ociIndex), blobs };
}

/** Writes an image as an OCI layout into `directory`, as `docker buildx build --output type=oci,tar=false` does. */
export function writeLayout(directory: string, shape: ImageShape | Content = {}): Content {
  const content = "blobs" in shape ? shape : makeImage(shape);
  for (const [digest, bytes] of content.blobs) {
    const [algorithm = "", hex = ""] = digest.split(":");
    mkdirSync(join(directory, "blobs", algorithm), { recursive: true });
    writeFileSync(join(directory, "blobs", algorithm, hex), bytes);
  }
  writeFileSync(join(directory, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [content.root] };
  writeFileSync(join(directory, "index.json"), JSON.stringify(index));
  return content;
}

function makePlatform(put: Put, platform: string, shape: ImageShape) {
  const { layers = [1000], seed = "", annotations = {} } = shape;
  const name = "org.opencontainers.image.revision";
  const revision = shape.labelled ?? annotations[name];
  const [os = "", architecture = "", variant] = platform.split("/");
  const files = layers.map((size, at) => {
    const content = shape.zeros ? Buffer.alloc(size) : noise(`${seed} ${platform} ${at}`, size);
    return tar([{ type: "file", path: `layer-${at}`, mode: 0o644, content }]);
  });
  const config = {
    os,
    architecture,
    ...(variant && { variant }),
    config: { Env: ["PATH=/bin"], ...(revision && { Labels: { [name]: revision } }) },
    rootfs: { type: "layers", diff_ids: files.map(digestOf) },
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: put(config, mediaTypes.ociConfig),
    layers: files.map((file) => put(gzipSync(file, { level: 1 }), mediaTypes.ociLayer)),
  };
  const described = put(manifest, mediaTypes.ociManifest);
  return { ...described, platform: { os, architecture, ...(variant && { variant }) } };
}

/** https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md */
function makeAttestation(put: Put, { digest }: Descriptor, shape: ImageShape) {
  const { builtAt, materials, predicates = ["https://slsa.dev/provenance/v1"] } = shape;
  const layers = predicates.map((predicateType) => {
    const statement = {
      _type: "https://in-toto.io/Statement/v0.1",
      predicateType,
      subject: [{ name: "_", digest: { sha256: digest.slice("sha256:".length) } }],
      predicate: {
        ...(materials && { materials }),
        ...(builtAt && { runDetails: { metadata: { startedOn: builtAt } } }),
      },
    };
    return {
      ...put(statement, "application/vnd.in-toto+json"),
      annotations: { "in-toto.io/predicate-type": predicateType },
    };
  });
  const config = {
    os: "unknown",
    architecture: "unknown",
    rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.digest) },
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: put(config, mediaTypes.ociConfig),
    layers,
  };
  return {
    ...put(manifest, mediaTypes.ociManifest),
    platform: { os: "unknown", architecture: "unknown" },
    annotations: {
      "vnd.docker.reference.digest": digest,
      "vnd.docker.reference.type": "attestation-manifest",
    },
  };
}

/** Bytes that look random and are the same every time. */
export function noise(seed: string, size: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(size / 64) }, (_, at) =>
    createHash("sha512").update(`${seed} ${at}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, size);
}
