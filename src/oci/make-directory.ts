import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a directory with those above it. Node's own way says ENOENT of a parent where nothing may be made (a read-only
 * file system, for one): then each is made by itself, and the one that cannot be says why.
 */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    await makeEach(path);
  }
}

async function makeEach(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return;
    if (codeOf(error) !== "ENOENT" || dirname(path) === path) throw error;
    await makeEach(dirname(path));
    await mkdir(path);
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
