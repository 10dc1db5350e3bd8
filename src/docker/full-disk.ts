import { randomBytes } from "node:crypto";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** As much as buildx writes at once, at the most. */
const pieceBytes = 1024 ** 2;
const full: readonly unknown[] = ["ENOSPC", "EDQUOT"];

/**
 * After a build that failed: the file system's own error where the disk of a layout is full, else `undefined`. Only
 * where buildx had begun to write that layout: a step of the Dockerfile fails before, and on the engine's disk. Whether
 * there is room is tried, for no figure of a file system tells of quotas.
 */
export async function fullDisk(
  destinations: readonly string[],
): Promise<NodeJS.ErrnoException | undefined> {
  for (const destination of destinations) {
    const error = (await hasBegun(destination)) ? await lackOfRoom(destination) : undefined;
    if (error) return error;
  }
  return undefined;
}

/** buildx makes directories before it builds, and files when it exports. */
async function hasBegun(destination: string): Promise<boolean> {
  const entries = await readdir(destination, { recursive: true, withFileTypes: true }).catch(
    () => [],
  );
  return entries.some((entry) => entry.isFile());
}

async function lackOfRoom(destination: string): Promise<NodeJS.ErrnoException | undefined> {
  const piece = join(destination, "piece");
  try {
    await writeFile(piece, randomBytes(pieceBytes)); // nothing that a file system could compress
  } catch (cause) {
    const error = cause as NodeJS.ErrnoException;
    if (full.includes(error.code)) return Object.assign(error, { path: destination });
  } finally {
    await rm(piece, { force: true }).catch(() => {});
  }
  return undefined;
}
