import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { digestOfValue } from "../oci/manifest.ts";

/** More than a year of releases of one image, and a few megabytes. */
const mostEntries = 256;

/** What a gate found before, by what it looked at and with what. */
export interface Memory {
  /** `undefined` for what is not there, is older than `maxAgeMs`, or cannot be read. */
  recall(key: object, maxAgeMs: number): Promise<unknown>;
  /** Whole or not at all. That it cannot be kept is no error. */
  remember(key: object, value: unknown): Promise<void>;
}

/** A memory in a directory of its own; `now` in milliseconds since 1970 decides what is too old. */
export function memoryIn(directory: string, now: () => number): Memory {
  const fileOf = (key: object) =>
    join(directory, `${digestOfValue(key).slice("sha256:".length)}.json`);
  return {
    async recall(key, maxAgeMs) {
      try {
        const { at, value } = JSON.parse(await readFile(fileOf(key), "utf8"));
        const age = now() - at;
        return age >= 0 && age <= maxAgeMs ? value : undefined;
      } catch {
        return undefined;
      }
    },
    async remember(key, value) {
      const unfinished = join(directory, `.${randomBytes(6).toString("hex")}`);
      try {
        await mkdir(directory, { recursive: true });
        await writeFile(unfinished, JSON.stringify({ at: now(), value }), { mode: 0o600 });
        await rename(unfinished, fileOf(key));
        await forgetOldest(directory);
      } catch {
        await rm(unfinished, { force: true }).catch(() => {});
      }
    },
  };
}

/** Also what a killed process left unfinished: it is among the oldest some day. */
async function forgetOldest(directory: string): Promise<void> {
  const names = await readdir(directory);
  if (names.length <= mostEntries) return;
  const dated = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(directory, name))).mtimeMs })),
  );
  const oldest = dated.toSorted((a, b) => a.at - b.at).slice(0, names.length - mostEntries);
  await Promise.all(oldest.map(({ name }) => rm(join(directory, name), { force: true })));
}
