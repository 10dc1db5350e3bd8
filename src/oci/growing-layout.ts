import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Copying } from "./copy.ts";
import { blobsIn } from "./layout.ts";
import type { Descriptor } from "./manifest.ts";
import { isDigest } from "./reference.ts";

/** Smaller ones are manifests and configs, or gone in no time when the image is whole. */
const worthOfferingBytes = 64 * 1024;
const lookEveryMs = 50;
const lanes = 4;

/**
 * Offers the blobs of a layout as they are finished, until `done`: buildx writes a blob under `ingest/`
 * and moves it to `blobs/` when it is whole. Nothing that goes wrong here matters: the copy of the whole
 * image comes after and sends what is missing. Never throws.
 */
export async function offerWhileGrowing(
  directory: string,
  copying: Pick<Copying, "offer">,
  done: AbortSignal,
): Promise<void> {
  const finished = finishedBlobs(directory, done);
  const source = blobsIn(directory);
  const lane = async () => {
    for (;;) {
      const next = await finished.next();
      if (next.done) return;
      await copying.offer(next.value, source).catch(() => {});
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane)).catch(() => {});
}

async function* finishedBlobs(
  directory: string,
  done: AbortSignal,
): AsyncGenerator<Descriptor, void> {
  const seen = new Set<string>();
  while (!done.aborted) {
    const names = await readdir(blobsOf(directory)).catch(() => []);
    const fresh = names.filter((name) => !seen.has(name));
    for (const name of fresh) {
      seen.add(name);
      const blob = await describe(directory, name);
      if (blob && !done.aborted) yield blob;
    }
    await sleep(lookEveryMs, undefined, { signal: done }).catch(() => {});
  }
}

async function describe(directory: string, name: string): Promise<Descriptor | undefined> {
  const digest = `sha256:${name}`;
  const { size } = await stat(join(blobsOf(directory), name)).catch(() => ({ size: 0 }));
  return isDigest(digest) && size >= worthOfferingBytes
    ? { digest, size, mediaType: "" }
    : undefined;
}

function blobsOf(directory: string): string {
  return join(directory, "blobs", "sha256");
}
