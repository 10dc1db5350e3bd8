import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Chunks } from "./chunks.ts";
import type { Source } from "./content.ts";
import type { Copying } from "./copy.ts";
import { blobsIn } from "./layout.ts";
import type { Descriptor } from "./manifest.ts";
import { type Digest, isDigest } from "./reference.ts";
import { tail } from "./tail.ts";

/** A blob of a layout that is being written, and how to read it, whole or not yet. */
interface Offer {
  readonly blob: Descriptor;
  readonly source: Pick<Source, "blob">;
}

/** Smaller ones are manifests and configs, or gone in no time when the image is whole. */
const worthOfferingBytes = 64 * 1024;
const lookEveryMs = 25;
const lanes = 4;

/**
 * Offers the blobs of a layout while buildx writes it, until `done`. A blob grows as `ingest/ID/data` beside
 * its digest (`ref`) and size (`total`), as containerd's content store keeps it, and is moved to `blobs/`
 * when it is whole; so it can be sent while it grows. Nothing that goes wrong here matters: the copy of the
 * whole image comes after, and sends what is missing. Never throws.
 */
export async function offerWhileGrowing(
  directory: string,
  copying: Pick<Copying, "offer">,
  done: AbortSignal,
): Promise<void> {
  const found = offersIn(directory, done);
  const lane = async () => {
    for (;;) {
      const next = await found.next();
      if (next.done) return;
      await copying.offer(next.value.blob, next.value.source).catch(() => {});
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane)).catch(() => {});
}

/** Each blob once, the growing ones first: they are what the export is busy with. */
async function* offersIn(directory: string, done: AbortSignal): AsyncGenerator<Offer, void> {
  const seen = new Set<Digest>();
  while (!done.aborted) {
    const there = [...(await growingBlobs(directory, done)), ...(await finishedBlobs(directory))];
    for (const offer of there.filter(({ blob }) => !seen.has(blob.digest))) {
      if (done.aborted) return;
      seen.add(offer.blob.digest);
      yield offer;
    }
    await sleep(lookEveryMs, undefined, { signal: done }).catch(() => {});
  }
}

async function growingBlobs(directory: string, done: AbortSignal): Promise<Offer[]> {
  const ingest = join(directory, "ingest");
  const whole = blobsIn(directory);
  const offers = (await namesIn(ingest)).map(async (name): Promise<Offer[]> => {
    const path = join(ingest, name);
    const [ref, total] = await Promise.all([
      textOf(join(path, "ref")),
      textOf(join(path, "total")),
    ]);
    const digest = /sha256:[0-9a-f]{64}$/.exec(ref)?.[0] ?? "";
    const size = Number(total);
    if (!isDigest(digest) || !isWorthIt(size)) return [];
    const blob = { digest, size, mediaType: "" };
    const growing = () => tail(join(path, "data"), size, done);
    return [{ blob, source: { blob: async () => orWhole(growing(), () => whole.blob(blob)) } }];
  });
  return (await Promise.all(offers)).flat();
}

/** A growing blob, or the whole one where it was moved before it could be opened. */
async function* orWhole(
  growing: Chunks,
  whole: () => Promise<Chunks>,
): AsyncGenerator<Buffer, void> {
  let isOpen = false;
  try {
    for await (const piece of growing) {
      isOpen = true;
      yield piece;
    }
  } catch (error) {
    if (isOpen || (error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    yield* await whole();
  }
}

async function finishedBlobs(directory: string): Promise<Offer[]> {
  const blobs = join(directory, "blobs", "sha256");
  const source = blobsIn(directory);
  const offers = (await namesIn(blobs)).map(async (name): Promise<Offer[]> => {
    const digest = `sha256:${name}`;
    const { size } = await stat(join(blobs, name)).catch(() => ({ size: 0 }));
    if (!isDigest(digest) || !isWorthIt(size)) return [];
    return [{ blob: { digest, size, mediaType: "" }, source }];
  });
  return (await Promise.all(offers)).flat();
}

function isWorthIt(size: number): boolean {
  return Number.isSafeInteger(size) && size >= worthOfferingBytes;
}

function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}

function textOf(file: string): Promise<string> {
  return readFile(file, "utf8").then(
    (text) => text.trim(),
    () => "",
  );
}
