import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { digestOfValue } from "../../oci/manifest.ts";

/** Changed with every change of what is tried or how: what passed by other rules counts no more. */
const rules = 1;
/** How many passes are remembered; the oldest are forgotten. */
const most = 500;

/** What was tried and passed, remembered by all that it depends on. */
export interface Passed {
  has(): Promise<boolean>;
  remember(): Promise<void>;
}

/** `subject`: plain data that tells the image, its settings and its services. A memory that fails is none. */
export function passedBefore(cacheDir: string, subject: unknown): Passed {
  const directory = join(cacheDir, "smoke");
  const file = join(directory, digestOfValue({ rules, subject }).replace("sha256:", ""));
  return {
    async has() {
      const found = await stat(file).catch(() => undefined);
      const now = new Date();
      if (found !== undefined) await utimes(file, now, now).catch(() => {});
      return found !== undefined;
    },
    remember: () => write(directory, file).catch(() => {}),
  };
}

async function write(directory: string, file: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(`${file}.${process.pid}`, "");
  await rename(`${file}.${process.pid}`, file);
  const names = await readdir(directory);
  if (names.length <= most) return;
  const aged = await Promise.all(
    names.map(async (name) => {
      const path = join(directory, name);
      const { mtimeMs } = await stat(path);
      return { path, mtimeMs };
    }),
  );
  const old = aged.sort((a, b) => b.mtimeMs - a.mtimeMs).slice(most);
  await Promise.all(old.map(({ path }) => rm(path, { force: true })));
}
