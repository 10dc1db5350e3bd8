import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tar } from "../scripts/base-image.d/tar.ts";
import { type Descriptor, digestOf, mediaTypes } from "../src/oci/manifest.ts";
import { inputsAnnotation } from "../src/release/planning/identity.ts";
import { slipway } from "./place.ts";
import { type ProcessPlace, run } from "./process.ts";
import { commit, noise } from "./project.ts";

export interface SyntheticImage {
  /** Layers of each of the two platforms. */
  readonly layers: number;
  /** Bytes of one layer. */
  readonly layerBytes: number;
  readonly floating: readonly string[];
}

/**
 * Makes the folder a project whose image stands already in Slipway's store of layouts (in `env`), so that
 * a release is publishing alone: no docker, no export. Answers with the layout's folder.
 */
export async function makeBuiltProject(
  place: ProcessPlace,
  image: SyntheticImage,
): Promise<string> {
  const write = (name: string, text: string) => writeFileSync(join(place.cwd, name), text);
  write("Dockerfile", "FROM scratch\n");
  write(
    "slipway.yaml",
    `image: bench
platforms: [linux/amd64, linux/arm64]
targets: [us-east-1]
tags: { floating: ${JSON.stringify(image.floating)} }
`,
  );
  await commit(place);
  // Refused where there is no docker to build with, which is not wanted here.
  const plan = [...slipway, "plan", "1.0.0", "--json"];
  const { stdout } = await run(plan, place, { accepts: [0, 3] });
  const { inputs } = JSON.parse(stdout).source;
  const { SLIPWAY_CACHE_DIR = "" } = place.env;
  const layout = join(SLIPWAY_CACHE_DIR, "layouts", String(inputs).replace(":", "-"));
  writeLayout(layout, image, { [inputsAnnotation]: inputs });
  return layout;
}

type Put = (bytes: Buffer, mediaType: string) => Descriptor;

type Annotations = Readonly<Record<string, string>>;

/** An OCI layout of real layers, one in memory at a time; `annotations` are its root's. */
export function writeLayout(folder: string, image: SyntheticImage, annotations: Annotations): void {
  const blobs = join(folder, "blobs", "sha256");
  mkdirSync(blobs, { recursive: true });
  const put: Put = (bytes, mediaType) => {
    const digest = digestOf(bytes);
    writeFileSync(join(blobs, digest.slice("sha256:".length)), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const manifests = ["amd64", "arm64"].map((architecture) => ({
    ...putPlatform(put, architecture, image),
    platform: { os: "linux", architecture },
  }));
  const root = put(index(manifests, annotations), mediaTypes.ociIndex);
  writeFileSync(join(folder, "index.json"), index([root]));
  writeFileSync(join(folder, "oci-layout"), json({ imageLayoutVersion: "1.0.0" }));
}

function putPlatform(put: Put, architecture: string, { layers, layerBytes }: SyntheticImage) {
  const descriptors = Array.from({ length: layers }, (_, at) => {
    const content = noise(`${architecture} ${at}`, layerBytes);
    const file = tar([{ type: "file", path: `layer-${at}`, mode: 0o644, content }]);
    return put(file, "application/vnd.oci.image.layer.v1.tar");
  });
  const rootfs = { type: "layers", diff_ids: descriptors.map(({ digest }) => digest) };
  const config = put(json({ os: "linux", architecture, config: {}, rootfs }), mediaTypes.ociConfig);
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config };
  return put(json({ ...manifest, layers: descriptors }), mediaTypes.ociManifest);
}

function index(manifests: readonly Descriptor[], annotations: Annotations = {}): Buffer {
  return json({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests, annotations });
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
