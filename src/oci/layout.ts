import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { SlipwayError } from "../errors.ts";
import { showValue } from "../wording.ts";
import { fileChunks } from "./chunks.ts";
import type { Source, StoredManifest } from "./content.ts";
import { type Descriptor, hasDigest, maxManifestBytes } from "./manifest.ts";
import { type Digest, isDigest } from "./reference.ts";

/** An OCI image layout on disk (image-layout.md of the OCI image specification) that holds one image. */
export interface Layout extends Source {
  readonly directory: string;
  readonly root: Pick<Descriptor, "digest" | "mediaType" | "size">;
}

type Place = NonNullable<Source["place"]>;

/** For a directory that is somebody's own: what is in it is not ours to be removed. */
const makingAnew = [
  "make the layout anew, or take it anew from the job that built it: slipway build --output DIR",
];

/**
 * Opens a layout directory; `remedy` is what to do when its content is damaged. Throws LAYOUT_INVALID when it is
 * none, or holds more than one image.
 */
export async function openLayout(
  directory: string,
  remedy: readonly string[] = makingAnew,
): Promise<Layout> {
  const place: Place = { name: directory, remedy };
  const there = await stat(directory).catch(() => undefined);
  if (there === undefined) throw invalid(place, "there is no such directory");
  if (!there.isDirectory()) throw invalid(place, "it is no directory");
  const marker = await readJson(place, "oci-layout");
  if (marker.imageLayoutVersion !== "1.0.0") {
    throw invalid(place, `its version ${showValue(marker.imageLayoutVersion)} is not 1.0.0`);
  }
  return {
    directory,
    root: onlyRoot(place, await readJson(place, "index.json")),
    manifest: (descriptor) => readManifest(place, descriptor),
    ...blobsIn(directory, remedy),
  };
}

/** The blobs of a layout, also while the rest of it is still being written. */
export function blobsIn(
  directory: string,
  remedy: readonly string[] = makingAnew,
): Pick<Source, "blob" | "place"> {
  const place: Place = { name: directory, remedy };
  return {
    place,
    async blob({ digest, size }) {
      await checkSize(place, digest, size);
      return fileChunks(blobPath(directory, digest));
    },
  };
}

/** Looks, without reading one, whether all blobs are there and whole. Throws NOT_FOUND or CONTENT_CORRUPT with the remedy. */
export async function verifyBlobs(
  { directory, place }: Layout,
  blobs: readonly Pick<Descriptor, "digest" | "size">[],
): Promise<void> {
  const where = place ?? { name: directory, remedy: makingAnew };
  for (const { digest, size } of blobs) await checkSize(where, digest, size);
}

async function readManifest(
  place: Place,
  { digest, mediaType }: Pick<Descriptor, "digest" | "mediaType">,
): Promise<StoredManifest> {
  const path = blobPath(place.name, digest);
  const { size } = await statBlob(place, digest);
  if (size > maxManifestBytes) {
    const message = `manifest ${digest} has ${size} bytes, and ${maxManifestBytes} is the most`;
    throw new SlipwayError("MANIFEST_INVALID", message, { suggestions: place.remedy });
  }
  const bytes = await readFile(path);
  if (!hasDigest(bytes, digest)) {
    const message = `${path} does not have the digest of its name`;
    throw new SlipwayError("CONTENT_CORRUPT", message, { suggestions: place.remedy });
  }
  return { bytes, mediaType, digest };
}

/** Where a layout keeps a blob (OCI image layout specification, "Blobs"). */
export function blobPath(directory: string, digest: Digest): string {
  return join(directory, "blobs", ...digest.split(":"));
}

async function checkSize(place: Place, digest: Digest, wanted: number): Promise<void> {
  const { size } = await statBlob(place, digest);
  if (size === wanted) return;
  const message = `${blobPath(place.name, digest)} has ${size} bytes instead of ${wanted}`;
  throw new SlipwayError("CONTENT_CORRUPT", message, { suggestions: place.remedy });
}

async function statBlob(place: Place, digest: Digest) {
  const path = blobPath(place.name, digest);
  const suggestions = place.remedy;
  const found = await stat(path).catch((cause) => {
    throw new SlipwayError("NOT_FOUND", `${place.name} has no ${digest}`, { suggestions, cause });
  });
  // A pipe or a device would be read for ever.
  if (found.isFile()) return found;
  throw new SlipwayError("CONTENT_CORRUPT", `${path} is no file`, { suggestions });
}

function onlyRoot(place: Place, index: Record<string, unknown>): Layout["root"] {
  const { manifests } = index;
  if (!Array.isArray(manifests)) throw invalid(place, "its index.json lists no manifests");
  const digests = new Set(manifests.map((entry) => entry?.digest));
  if (digests.size !== 1) throw invalid(place, `it holds ${digests.size} images instead of 1`);
  const { digest, mediaType, size } = manifests[0] ?? {};
  const usable = typeof mediaType === "string" && Number.isSafeInteger(size) && size >= 0;
  if (typeof digest !== "string" || !isDigest(digest) || !usable) {
    throw invalid(place, "its index.json has no usable descriptor");
  }
  return { digest, mediaType, size };
}

async function readJson(place: Place, name: string): Promise<Record<string, unknown>> {
  const path = join(place.name, name);
  const found = await stat(path).catch((cause) => {
    throw invalid(place, `it has no ${name}`, cause);
  });
  if (!found.isFile()) throw invalid(place, `its ${name} is no file`);
  if (found.size > maxManifestBytes) throw invalid(place, `its ${name} has ${found.size} bytes`);
  try {
    const value: unknown = JSON.parse(await readFile(path, "utf8"));
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch (cause) {
    throw invalid(place, `its ${name} cannot be read`, cause);
  }
  throw invalid(place, `its ${name} is not an object`);
}

function invalid({ name, remedy }: Place, why: string, cause?: unknown): SlipwayError {
  return new SlipwayError("LAYOUT_INVALID", `${name} is not an OCI layout: ${why}`, {
    suggestions: remedy,
    cause,
  });
}
