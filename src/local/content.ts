import { createHash, type Hash } from "node:crypto";
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import {
  access,
  type FileHandle,
  open,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { type Digest, isDigest } from "../oci/reference.ts";

export type Algorithm = "sha256" | "sha512";
/** Bytes whose pieces are their reader's for good. */
export type ByteSource = AsyncIterable<Uint8Array<ArrayBuffer>>;

/** Fewer, larger writes: a socket delivers 64 KiB at a time. */
const writeBytes = 1 << 20;

/** What a download holds twice. */
const readBytes = 1 << 19;

/** Content by its digest, on disk. A file under `blobs/` is whole and right, always. */
export interface ContentStore {
  readonly directory: string;
}

/** Content of a directory, by digest. What an earlier server was being sent is gone with it. */
export function openContent(directory: string): ContentStore {
  for (const algorithm of ["sha256", "sha512"]) {
    mkdirSync(join(directory, "blobs", algorithm), { recursive: true });
  }
  rmSync(join(directory, "uploads"), { recursive: true, force: true });
  mkdirSync(join(directory, "uploads"));
  return { directory };
}

/** The digest's own file. The digest must have been checked: nothing else may name a file. */
export function blobFile({ directory }: ContentStore, digest: Digest): string {
  const [algorithm = "", hex = ""] = digest.split(":");
  return join(directory, "blobs", algorithm, hex);
}

export function uploadFile({ directory }: ContentStore, id: string): string {
  return join(directory, "uploads", id);
}

export function algorithmOf(digest: Digest): Algorithm {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}

/** A hash's digest so far; the hash may go on. */
export function digestSoFar(hash: Hash, algorithm: Algorithm): Digest {
  return `${algorithm}:${hash.copy().digest("hex")}`;
}

export function digestBytes(bytes: Uint8Array | string, algorithm: Algorithm): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}

/**
 * Appends what comes from `source` to `file`, feeding `hash` with every byte that was written. Calls `onWritten`
 * with the number of bytes as they reach the file, so that a broken connection leaves a known length.
 */
export async function appendStream(
  file: FileHandle,
  source: ByteSource,
  hash: Hash,
  onWritten: (bytes: number) => void,
): Promise<void> {
  let chunks: Uint8Array<ArrayBuffer>[] = [];
  let waiting = 0;
  let writing: Promise<unknown> = Promise.resolve();
  const flush = async () => {
    const batch = chunks;
    const bytes = waiting;
    chunks = [];
    waiting = 0;
    await writing;
    writing = writeAll(file, batch, bytes);
    writing.catch(() => {}); // Reported by the next await.
    for (const chunk of batch) hash.update(chunk);
    onWritten(bytes);
  };
  try {
    for await (const chunk of source) {
      chunks.push(chunk);
      waiting += chunk.length;
      if (waiting >= writeBytes) await flush();
    }
  } finally {
    if (waiting > 0) await flush();
    await writing;
  }
}

/** Its caller has hashed the chunks by then. Left to the collector, their memory would take a fifth of an upload's time. */
async function writeAll(
  file: FileHandle,
  chunks: readonly Uint8Array<ArrayBuffer>[],
  bytes: number,
): Promise<void> {
  const { bytesWritten } = await file.writev([...chunks]);
  if (bytesWritten < bytes) await file.writeFile(Buffer.concat(chunks).subarray(bytesWritten));
  // Less than all of its memory may share it with others.
  for (const { length, buffer } of chunks) if (length === buffer.byteLength) buffer.transfer(0);
}

/** Hashes a file that was received under another algorithm. */
export async function hashFile(file: string, algorithm: Algorithm): Promise<Digest> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(file, { highWaterMark: writeBytes })) {
    hash.update(chunk as Uint8Array);
  }
  return `${algorithm}:${hash.digest("hex")}`;
}

/** Puts a received file in its place. One that is already there stays, and the second is dropped. */
export async function keepFile(store: ContentStore, file: string, digest: Digest): Promise<void> {
  if (await hasContent(store, digest)) await rm(file, { force: true });
  else await rename(file, blobFile(store, digest));
}

/** Keeps a manifest, which is small. */
export async function keepBytes(
  store: ContentStore,
  bytes: Uint8Array,
  digest: Digest,
): Promise<void> {
  if (await hasContent(store, digest)) return;
  const file = uploadFile(store, crypto.randomUUID());
  await writeFile(file, bytes, { flag: "wx" });
  await rename(file, blobFile(store, digest));
}

/** The same within one turn of the event loop, for what happens by itself between two requests. */
export function keepBytesNow(store: ContentStore, bytes: Uint8Array, digest: Digest): void {
  if (existsSync(blobFile(store, digest))) return;
  const file = uploadFile(store, crypto.randomUUID());
  writeFileSync(file, bytes, { flag: "wx" });
  renameSync(file, blobFile(store, digest));
}

async function hasContent(store: ContentStore, digest: Digest): Promise<boolean> {
  return access(blobFile(store, digest)).then(
    () => true,
    () => false,
  );
}

/** All of it in memory: of manifests alone. Throws ENOENT. */
export async function readContent(store: ContentStore, digest: Digest): Promise<Buffer> {
  return await readFile(blobFile(store, digest));
}

/** Bytes; `undefined` where there is no such content. */
export async function contentSize(
  store: ContentStore,
  digest: Digest,
): Promise<number | undefined> {
  return stat(blobFile(store, digest)).then(
    ({ size }) => size,
    () => undefined,
  );
}

/** Bytes `start` to `end`, both included; an `end` before `start` is nothing. A piece is good until the next is asked for. */
export async function* streamContent(
  store: ContentStore,
  digest: Digest,
  { start, end }: { readonly start: number; readonly end: number },
): AsyncGenerator<Buffer> {
  if (end < start) return;
  const file = await open(blobFile(store, digest));
  try {
    // While one piece leaves, the next is read.
    let [reading, leaving] = [Buffer.allocUnsafeSlow(readBytes), Buffer.allocUnsafeSlow(readBytes)];
    let next = readPiece(file, reading, { start, end });
    for (let at = start; at <= end; ) {
      const piece = await next;
      at += piece.length;
      [reading, leaving] = [leaving, reading];
      next = readPiece(file, reading, { start: at, end });
      next.catch(() => {}); // Nobody may ask for it.
      yield piece;
    }
  } finally {
    await file.close();
  }
}

/** As much of what is asked for as the buffer holds. */
async function readPiece(
  file: FileHandle,
  buffer: Buffer,
  { start, end }: { readonly start: number; readonly end: number },
): Promise<Buffer> {
  if (start > end) return buffer.subarray(0, 0);
  const length = Math.min(buffer.length, end - start + 1);
  const { bytesRead } = await file.read(buffer, 0, length, start);
  if (bytesRead === 0) throw new Error(`the content ends before byte ${start}`);
  return buffer.subarray(0, bytesRead);
}

/** The empty file of a new upload. Throws EEXIST. */
export async function createUploadFile(store: ContentStore, id: string): Promise<void> {
  await (await open(uploadFile(store, id), "wx")).close();
}

/** Removes content that nothing refers to any more. Called at start, when no upload can be under way. */
export function sweepContent({ directory }: ContentStore, wanted: ReadonlySet<Digest>): void {
  for (const algorithm of ["sha256", "sha512"] as const) {
    const folder = join(directory, "blobs", algorithm);
    for (const name of readdirSync(folder)) {
      const digest = `${algorithm}:${name}`;
      if (!isDigest(digest) || !wanted.has(digest)) rmSync(join(folder, name), { force: true });
    }
  }
}
