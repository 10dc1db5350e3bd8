import { access, constants, mkdtemp, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { SlipwayError } from "../errors.ts";
import { shellWord } from "../wording.ts";
import { type Layout, openLayout } from "./layout.ts";
import { makeDirectory } from "./make-directory.ts";
import { parseManifest } from "./manifest.ts";

/** What the store keeps at the most, oldest use leaving first; what this process uses always stays. */
export interface StoreLimits {
  readonly layouts: number;
  readonly bytes: number;
}

export interface LayoutStore {
  /** The layout of this key, or `undefined`: also where another one, or none, lies in its place. */
  find(key: string): Promise<Layout | undefined>;
  /** Asks before the work whether a layout can be made here. Throws what the file system says. */
  verifyWritable(): Promise<void>;
  /**
   * Has `fill` write a layout into an empty directory for each key, and keeps all of them or none. When somebody
   * else made one under a key meanwhile, that one is kept: it may be in use. Throws LAYOUT_INVALID for one that does
   * not say its key.
   */
  make(
    keys: readonly string[],
    fill: (directories: readonly string[]) => Promise<unknown>,
  ): Promise<readonly Layout[]>;
}

export const defaultLimits: StoreLimits = { layouts: 8, bytes: 20 * 1024 ** 3 };

const abandonedAfterMs = 24 * 60 * 60 * 1000;

/**
 * Layouts by the digest of what they were built from, in one directory, so that a release that died after its build need not build again.
 * The root of each image says its key by `annotation`: a folder's name is no proof, for folders are renamed, copied and restored.
 */
export function layoutStore(
  directory: string,
  annotation: string,
  limits: StoreLimits = defaultLimits,
): LayoutStore {
  const open = async (path: string, key: string) => await openOwn(path, annotation, key);
  const place = (key: string) => join(directory, key.replace(":", "-"));
  // What this process found or made it may still be reading.
  const used = new Set<string>();
  return {
    async find(key) {
      const found = await open(place(key), key).catch(() => undefined);
      if (found === undefined) return undefined;
      used.add(place(key));
      await touch(found.directory).catch(() => {}); // another user's, or read-only: it can be read all the same
      return found;
    },
    async verifyWritable() {
      await makeDirectory(directory);
      await access(directory, constants.W_OK);
    },
    async make(keys, fill) {
      await makeDirectory(directory);
      const unfinished = await Promise.all(
        keys.map(() => mkdtemp(join(directory, `unfinished-${process.pid}-`))),
      );
      try {
        await fill(unfinished);
        const made = keys.map((key, at) => ({ key, path: unfinished[at] as string }));
        for (const { key, path } of made) await open(path, key);
        for (const { key, path } of made) await keep(path, place(key), (at) => open(at, key));
      } finally {
        for (const path of unfinished) await rm(path, { recursive: true, force: true });
      }
      for (const key of keys) used.add(place(key));
      await prune(directory, used, limits);
      return await Promise.all(keys.map((key) => open(place(key), key)));
    },
  };
}

async function openOwn(path: string, annotation: string, key: string): Promise<Layout> {
  const remedy = [`rm -r ${shellWord(path)}`, "run the same command again: it builds anew"];
  const layout = await openLayout(path, remedy);
  const { bytes, mediaType } = await layout.manifest(layout.root);
  const stated = parseManifest(bytes, mediaType).annotations[annotation];
  if (stated === key) return layout;
  const message = `${path} was to be built from ${key}, and says ${stated ?? "nothing of it"} (${annotation})`;
  throw new SlipwayError("LAYOUT_INVALID", message, { suggestions: remedy });
}

/** Moves a finished layout to its place, over a broken one or another but not over a whole one. */
async function keep(
  finished: string,
  place: string,
  open: (path: string) => Promise<Layout>,
): Promise<void> {
  try {
    await rename(finished, place);
  } catch (error) {
    // ENOTDIR: a file or a link lies there.
    if (!isNamed(error, "ENOTEMPTY", "EEXIST", "ENOTDIR")) throw error;
    if (await open(place).catch(() => undefined)) return;
    await rm(place, { recursive: true, force: true });
    await rename(finished, place);
  }
}

function isNamed(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? "");
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now);
}

/** Removes what is over the limits, and what a build that was killed left behind a day ago. */
async function prune(
  directory: string,
  used: ReadonlySet<string>,
  limits: StoreLimits,
): Promise<void> {
  const entries = await Promise.all(
    (await readdir(directory)).map((name) => weigh(directory, name)),
  );
  const newestFirst = entries.flat().sort((a, b) => b.usedAt - a.usedAt);
  let layouts = 0;
  let bytes = 0;
  for (const entry of newestFirst) {
    if (entry.unfinished && entry.usedAt > Date.now() - abandonedAfterMs) continue;
    layouts += 1;
    bytes += entry.bytes;
    const over = entry.unfinished || layouts > limits.layouts || bytes > limits.bytes;
    if (over && !used.has(entry.path)) await removeIfAllowed(entry.path);
  }
}

/** What is another user's stays: no build that went well ends with it. */
async function removeIfAllowed(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch((error) => {
    if (!isNamed(error, "EACCES", "EPERM")) throw error;
  });
}

/** Nothing for what another process has just removed. */
async function weigh(directory: string, name: string) {
  const path = join(directory, name);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return [];
  const blobs = await readdir(join(path, "blobs", "sha256")).catch(() => []);
  const sizes = await Promise.all(
    blobs.map((blob) =>
      stat(join(path, "blobs", "sha256", blob)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return [{ path, usedAt: found.mtimeMs, bytes, unfinished: name.startsWith("unfinished-") }];
}
