import { createWriteStream } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { checked } from "../../oci/checked.ts";
import type { Source } from "../../oci/content.ts";
import { blobPath } from "../../oci/layout.ts";
import { mediaTypes } from "../../oci/manifest.ts";
import type { GateSubject } from "../../release/gate.ts";
import type { RunnableImage } from "../images.ts";

/**
 * A layout that holds this one image alone: scanners take the first image of a layout and overlook the others. The blobs
 * are a link to those of the layout that there is; of an image that is in several layouts they are copied, each checked.
 */
export async function writePlatformLayout(
  directory: string,
  { stored }: RunnableImage,
  { tree, source }: NonNullable<GateSubject["image"]>,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  const { digest, mediaType, bytes } = stored;
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [{ mediaType, digest, size: bytes.length }],
  };
  await writeFile(join(directory, "index.json"), JSON.stringify(index));
  await writeFile(join(directory, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  const blobs = directoryOf(source);
  if (blobs !== undefined) {
    // Windows lets everybody make junctions, and links to directories only some.
    await symlink(join(blobs, "blobs"), join(directory, "blobs"), "junction");
    return;
  }
  const node = tree.nodes.find(({ manifest }) => manifest.digest === digest);
  if (node === undefined) throw new Error("an image that is not in its tree");
  await mkdir(dirname(blobPath(directory, digest)), { recursive: true });
  await writeFile(blobPath(directory, digest), bytes);
  for (const blob of node.blobs) {
    const path = blobPath(directory, blob.digest);
    await mkdir(dirname(path), { recursive: true });
    const chunks = checked(await source.blob(blob), blob, source.place);
    await pipeline(chunks, createWriteStream(path));
  }
}

function directoryOf(source: Source): string | undefined {
  return "directory" in source && typeof source.directory === "string"
    ? source.directory
    : undefined;
}
