import { createHash, randomUUID } from "node:crypto";
import { readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeDirectory } from "../oci/make-directory.ts";
import { digestOfValue } from "../oci/manifest.ts";
import type { GatePlace } from "./judge.ts";

/** What gates found before, each by all that it depends on: plain data, with a number of the rules it was found by. */
export interface Kept {
  /** `undefined` for what is not there, was kept more than `maxAgeMs` ago, or cannot be read. */
  find(key: object, maxAgeMs?: number): Promise<unknown>;
  /** Keeps a value whole or not at all; that it cannot be kept is no error. The key itself is not written. */
  keep(key: object, value: unknown): Promise<void>;
}

export interface KeptLimits {
  readonly bytes: number;
  readonly count: number;
}

/** The facts of about a hundred large images: a layer of ten thousand files is half a megabyte. */
const keptLimits: KeptLimits = { bytes: 512 * 1024 ** 2, count: 2000 };

/** What is kept in a directory that all gates share; what was not used for longest leaves first. */
export function keptIn(
  { cacheDir, now }: Pick<GatePlace, "cacheDir" | "now">,
  limits = keptLimits,
): Kept {
  const place = (key: object) => join(cacheDir, digestOfValue(key).replace(":", "-"));
  return {
    async find(key, maxAgeMs = Number.POSITIVE_INFINITY) {
      try {
        const { at, value } = withoutSum(await readFile(place(key)));
        const age = now().getTime() - at;
        if (age < 0 || age > maxAgeMs) return undefined;
        await utimes(place(key), now(), now()).catch(() => {});
        return value;
      } catch {
        return undefined;
      }
    },
    async keep(key, value) {
      const unfinished = join(cacheDir, `unfinished-${randomUUID()}`);
      try {
        await makeDirectory(cacheDir);
        await writeFile(unfinished, withSum({ at: now().getTime(), value }), { mode: 0o600 });
        await utimes(unfinished, now(), now());
        await rename(unfinished, place(key));
        await prune(cacheDir, limits);
      } catch {
        await rm(unfinished, { force: true }).catch(() => {});
      }
    },
  };
}

interface Dated {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly value: unknown;
}

/** The text, after a line with its own digest: a disk that was full, or another hand, leaves something else. */
function withSum(dated: Dated): Buffer {
  const text = Buffer.from(JSON.stringify(dated));
  return Buffer.concat([Buffer.from(`${sumOf(text)}\n`), text]);
}

/** Throws for what is not as `withSum` wrote it. */
function withoutSum(bytes: Buffer): Dated {
  const end = bytes.indexOf("\n");
  const text = bytes.subarray(end + 1);
  if (bytes.toString("latin1", 0, end) !== sumOf(text)) throw new Error("it is damaged");
  return JSON.parse(text.toString("utf8"));
}

function sumOf(text: Buffer): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Also what a killed process left unfinished: some day nobody has used it for longest. */
async function prune(directory: string, limits: KeptLimits): Promise<void> {
  const names = await readdir(directory);
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(directory, name);
      const found = await stat(path).catch(() => undefined);
      return { path, size: found?.size ?? 0, usedAt: found?.mtimeMs ?? 0 };
    }),
  );
  let bytes = 0;
  for (const [at, { path, size }] of files.sort((a, b) => b.usedAt - a.usedAt).entries()) {
    bytes += size;
    if (bytes > limits.bytes || at >= limits.count) {
      await rm(path, { force: true, recursive: true });
    }
  }
}
