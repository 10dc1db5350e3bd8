import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { type Header, pack } from "tar-stream";
import type { Entry, LayerFacts } from "../../src/gates/layers/facts.ts";
import { layFileSystem } from "../../src/gates/layers/file-system.ts";
import type { PlatformFacts } from "../../src/gates/layers/image.ts";
import { readLayer } from "../../src/gates/layers/read-layer.ts";
import { parseConfig } from "../../src/oci/image-config.ts";
import { type Descriptor, digestOf, mediaTypes } from "../../src/oci/manifest.ts";

/** An entry of a layer: a file when nothing else is said. */
export type Written = Partial<Header> & {
  readonly name: string;
  readonly content?: Buffer | string;
};

/** A tar with exactly these entries, however wrong. */
export async function tarOf(entries: readonly Written[]): Promise<Buffer> {
  const packing = pack();
  for (const { content = "", ...header } of entries) {
    const isFile = (header.type ?? "file") === "file";
    if (isFile) packing.entry(header, content);
    else packing.entry(header);
  }
  packing.finalize();
  const parts: Buffer[] = [];
  for await (const part of packing) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** What the reader makes of these bytes as a layer. */
export async function factsOf(
  bytes: Buffer,
  limits?: Parameters<typeof readLayer>[2],
): Promise<LayerFacts> {
  const layer: Descriptor = {
    mediaType: mediaTypes.ociLayer,
    digest: digestOf(bytes),
    size: bytes.length,
  };
  return await readLayer(layer, sourceOf(bytes), limits);
}

/** The bytes in pieces, all in the same memory, as a layout on disk gives them. */
export function sourceOf(bytes: Buffer) {
  const piece = Buffer.alloc(10_000);
  return {
    async blob() {
      return (async function* () {
        for (let at = 0; at < bytes.length; at += piece.length) {
          const length = bytes.copy(piece, 0, at, at + piece.length);
          yield piece.subarray(0, length);
        }
      })();
    },
  };
}

/** A platform whose layers hold these entries, as the gates see it. */
export async function platformOf(
  layers: readonly (readonly Written[])[],
  config: { readonly config?: object; readonly history?: readonly object[] } = {},
): Promise<PlatformFacts> {
  const tars = await Promise.all(layers.map(tarOf));
  const facts = await Promise.all(tars.map((tar) => factsOf(gzipSync(tar))));
  const rootfs = { diff_ids: tars.map(digestOf) };
  const whole = { os: "linux", architecture: "amd64", rootfs, ...config };
  const digest = digestOf("");
  const parsed = parseConfig(Buffer.from(JSON.stringify(whole)), digest);
  return {
    image: {
      platform: "linux/amd64",
      digest,
      created: null,
      bytes: 0,
      config: { digest, bytes: 0 },
      layers: tars.map((tar, at) => ({
        digest: digestOf(tar),
        mediaType: mediaTypes.ociLayer,
        bytes: gzipSync(tar).length,
        unpackedBytes: null,
        instruction: `COPY ${at} /`,
        foreign: false,
      })),
      settings: parsed.settings,
      labels: {},
      annotations: {},
    },
    config: parsed,
    layers: facts,
    system: layFileSystem(facts.map(({ entries }) => entries)),
  };
}

/** A file of a layer's facts. */
export function file(path: string, size: number): Entry {
  return { path, type: "file", mode: 0o644, uid: 0, gid: 0, size };
}

/** A key that opens nothing, never written as one in the source. */
export function madeUpKey(kind = "RSA "): string {
  const body = createHash("sha512").update(kind).digest("base64");
  return `-----BEGIN ${kind}PRIVATE KEY-----\n${body.slice(0, 64)}\n${body.slice(0, 64)}\n-----END ${kind}PRIVATE KEY-----\n`;
}

/** An AWS access key and its secret, made up. */
export function madeUpAwsKey(): { readonly id: string; readonly secret: string } {
  return { id: `AKIA${"QZ7NPL3MWX5RTK2B"}`, secret: "wJ9rQUtnFaMI/K7MDENGbPxRfiCYzz3kQ1tYp0Lm" };
}
