import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Copying } from "./copy.ts";
import { blobsIn } from "./layout.ts";
import type { Descriptor } from "./manifest.ts";
import { type Digest, isDigest } from "./reference.ts";

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
  const blobs = join(directory, "blobs", "sha256");
  const seen = new Set<Digest>();
  while (!done.aborted) {
    for (const name of await readdir(blobs).catch(() => [])) {
      const digest = `sha256:${name}` as const;
      if (done.aborted || seen.has(digest) || !isDigest(digest)) continue;
      seen.add(digest);
      const size = await stat(join(blobs, name)).then(
        (found) => found.size,
        () => 0,
      );
      if (size >= worthOfferingBytes && !done.aborted) yield { digest, size, mediaType: "" };
    }
    await sleep(lookEveryMs, undefined, { signal: done }).catch(() => {});
  }
}
