import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Entry, tar } from "./tar.ts";

export interface Platform {
  readonly os: "linux";
  readonly architecture: "amd64" | "arm64";
  readonly variant?: string;
}

export interface PlatformImage {
  readonly platform: Platform;
  /** What its history says of its layer: BuildKit puts the layers of what stands on an image without one to the wrong steps. */
  readonly madeBy: string;
  readonly entries: readonly Entry[];
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const media = (kind: string) => `application/vnd.oci.image.${kind}`;

/**
 * Writes an OCI image layout with one image of several platforms under a tag. Blobs first and
 * `index.json` last, each by renaming, so a reader sees the old layout or the new one.
 */
export function writeLayout(folder: string, tag: string, images: readonly PlatformImage[]): void {
  mkdirSync(join(folder, "blobs", "sha256"), { recursive: true });
  const manifests = images.map((image) => ({
    ...writeImage(folder, image),
    platform: image.platform,
  }));
  const kind = media("index.v1+json");
  const index = writeJson(folder, kind, { schemaVersion: 2, mediaType: kind, manifests });
  const annotations = { "org.opencontainers.image.ref.name": tag };
  writeWhole(folder, "oci-layout", json({ imageLayoutVersion: "1.0.0" }));
  writeWhole(
    folder,
    "index.json",
    json({ schemaVersion: 2, mediaType: kind, manifests: [{ ...index, annotations }] }),
  );
}

function writeImage(folder: string, { platform, entries, madeBy }: PlatformImage): Descriptor {
  const content = tar(entries);
  const layer = writeBlob(folder, media("layer.v1.tar+gzip"), gzipSync(content, { level: 9 }));
  const config = writeJson(folder, media("config.v1+json"), {
    ...platform,
    config: { Env: ["PATH=/bin"], Cmd: ["sh"] },
    history: [{ created_by: madeBy }],
    rootfs: { type: "layers", diff_ids: [digestOf(content)] },
  });
  const kind = media("manifest.v1+json");
  return writeJson(folder, kind, { schemaVersion: 2, mediaType: kind, config, layers: [layer] });
}

function writeJson(folder: string, mediaType: string, value: unknown): Descriptor {
  return writeBlob(folder, mediaType, json(value));
}

function writeBlob(folder: string, mediaType: string, content: Buffer): Descriptor {
  const digest = digestOf(content);
  writeWhole(folder, join("blobs", digest.replace(":", "/")), content);
  return { mediaType, digest, size: content.length };
}

function writeWhole(folder: string, name: string, content: Buffer): void {
  const file = join(folder, name);
  if (existsSync(file) && readFileSync(file).equals(content)) return;
  writeFileSync(`${file}.${process.pid}`, content);
  renameSync(`${file}.${process.pid}`, file);
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
