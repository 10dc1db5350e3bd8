import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { SlipwayError } from "../errors.ts";
import { fileChunks } from "./chunks.ts";
import type { Source, StoredManifest } from "./content.ts";
import { type Descriptor, hasDigest, maxManifestBytes } from "./manifest.ts";
import { type Digest, isDigest } from "./reference.ts";

/** An OCI image layout on disk (image-layout.md of the OCI image specification) that holds one image. */
export interface Layout extends Source {
  readonly directory: string;
  readonly root: Pick<Descriptor, "digest" | "mediaType" | "size">;
}

/** Opens a layout directory. Throws LAYOUT_INVALID when it is none, or holds more than one image. */
export async function openLayout(directory: string): Promise<Layout> {
  const marker = await readJson(directory, "oci-layout");
  if (marker.imageLayoutVersion !== "1.0.0") {
    throw invalid(directory, `its version '${marker.imageLayoutVersion}' is not 1.0.0`);
  }
  return {
    directory,
    root: onlyRoot(directory, await readJson(directory, "index.json")),
    manifest: (descriptor) => readManifest(directory, descriptor),
    ...blobsIn(directory),
  };
}

/** The blobs of a layout, also while the rest of it is still being written. */
export function blobsIn(directory: string): Pick<Source, "blob" | "place"> {
  return {
    place: { name: directory, remedy: buildingAnew(directory) },
    async blob({ digest, size }) {
      await checkSize(directory, digest, size);
      return fileChunks(blobPath(directory, digest));
    },
  };
}

async function readManifest(
  directory: string,
  { digest, mediaType }: Pick<Descriptor, "digest" | "mediaType">,
): Promise<StoredManifest> {
  const path = blobPath(directory, digest);
  const { size } = await statBlob(directory, digest);
  if (size > maxManifestBytes) {
    throw new SlipwayError("MANIFEST_INVALID", `manifest ${digest} has ${size} bytes`);
  }
  const bytes = await readFile(path);
  if (!hasDigest(bytes, digest)) {
    const message = `${path} does not have the digest of its name`;
    throw new SlipwayError("CONTENT_CORRUPT", message, { suggestions: buildingAnew(directory) });
  }
  return { bytes, mediaType, digest };
}

export function blobPath(directory: string, digest: Digest): string {
  return join(directory, "blobs", ...digest.split(":"));
}

async function checkSize(directory: string, digest: Digest, wanted: number): Promise<void> {
  const { size } = await statBlob(directory, digest);
  if (size === wanted) return;
  const message = `${blobPath(directory, digest)} has ${size} bytes instead of ${wanted}`;
  throw new SlipwayError("CONTENT_CORRUPT", message, { suggestions: buildingAnew(directory) });
}

async function statBlob(directory: string, digest: Digest) {
  try {
    return await stat(blobPath(directory, digest));
  } catch (cause) {
    const suggestions = buildingAnew(directory);
    throw new SlipwayError("NOT_FOUND", `the layout has no ${digest}`, { suggestions, cause });
  }
}

function buildingAnew(directory: string): readonly string[] {
  return [`rm -r ${directory}`, "run the same command again: it builds anew"];
}

function onlyRoot(directory: string, index: Record<string, unknown>): Layout["root"] {
  const { manifests } = index;
  if (!Array.isArray(manifests)) throw invalid(directory, "its index.json lists no manifests");
  const digests = new Set(manifests.map((entry) => entry?.digest));
  if (digests.size !== 1) throw invalid(directory, `it holds ${digests.size} images instead of 1`);
  const { digest, mediaType, size } = manifests[0] ?? {};
  const usable = typeof mediaType === "string" && Number.isSafeInteger(size);
  if (typeof digest !== "string" || !isDigest(digest) || !usable) {
    throw invalid(directory, "its index.json has no usable descriptor");
  }
  return { digest, mediaType, size };
}

async function readJson(directory: string, name: string): Promise<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(await readFile(join(directory, name), "utf8"));
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch (cause) {
    throw invalid(directory, `its ${name} cannot be read`, cause);
  }
  throw invalid(directory, `its ${name} is not an object`);
}

function invalid(directory: string, why: string, cause?: unknown): SlipwayError {
  return new SlipwayError("LAYOUT_INVALID", `${directory} is not an OCI layout: ${why}`, { cause });
}
