import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Digest } from "../../oci/reference.ts";
import type { LayerFacts } from "./facts.ts";

/** Another number when facts or the rules by which they are found change: what was kept before is not looked at again. */
const format = 1;

const keptBytes = 512 * 1024 ** 2;

export interface FactsCache {
  /** What was kept of this layer; `undefined` where there is nothing, or it is damaged. */
  find(digest: Digest): Promise<LayerFacts | undefined>;
  /** Keeps it whole or not at all; a cache that cannot be written is no reason to fail. */
  keep(digest: Digest, facts: LayerFacts): Promise<void>;
}

/** Facts of layers in one directory, by the layers' digests; what was not used for longest leaves first. */
export function factsCache(parent: string): FactsCache {
  const directory = join(parent, `layers-${format}`);
  const place = (digest: Digest) => join(directory, `${digest.replace(":", "-")}.json`);
  return {
    async find(digest) {
      try {
        const bytes = await readFile(place(digest));
        const facts = withoutSum(bytes);
        if (facts) await utimes(place(digest), new Date(), new Date());
        return facts;
      } catch {
        return undefined;
      }
    },
    async keep(digest, facts) {
      const unfinished = join(directory, `unfinished-${randomUUID()}`);
      try {
        await mkdir(directory, { recursive: true });
        await writeFile(unfinished, withSum(facts));
        await rename(unfinished, place(digest));
        await prune(directory);
      } catch {
        await rm(unfinished, { force: true }).catch(() => {});
      }
    },
  };
}

/** The text, after a line with its own digest: a disk that was full, or another hand, leaves something else. */
function withSum(facts: LayerFacts): Buffer {
  const text = Buffer.from(JSON.stringify(facts));
  return Buffer.concat([Buffer.from(`${sumOf(text)}\n`), text]);
}

function withoutSum(bytes: Buffer): LayerFacts | undefined {
  const end = bytes.indexOf("\n");
  const text = bytes.subarray(end + 1);
  if (end < 0 || bytes.toString("latin1", 0, end) !== sumOf(text)) return undefined;
  return JSON.parse(text.toString("utf8"));
}

function sumOf(text: Buffer): string {
  return createHash("sha256").update(text).digest("hex");
}

async function prune(directory: string): Promise<void> {
  const names = await readdir(directory);
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(directory, name);
      const found = await stat(path).catch(() => undefined);
      return { path, size: found?.size ?? 0, usedAt: found?.mtimeMs ?? 0 };
    }),
  );
  let bytes = 0;
  for (const { path, size } of files.sort((a, b) => b.usedAt - a.usedAt)) {
    bytes += size;
    if (bytes > keptBytes) await rm(path, { force: true });
  }
}
