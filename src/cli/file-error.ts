import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve, sep } from "node:path";
import { SlipwayError } from "../errors.ts";
import { commandLine } from "../wording.ts";
import { cacheDirectory } from "./cache-directory.ts";

/** What the file system says when the machine is at fault, by the codes of errno(3). */
const meanings: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EDQUOT: "the disk quota is used up",
  EIO: "the disk has an error",
  EMFILE: "too many open files",
  ENFILE: "too many open files on this machine",
  ENOENT: "there is no such file or directory",
  ENOSPC: "no space left on the disk",
  ENOTDIR: "a part of the path is not a directory",
  EPERM: "not permitted",
  EROFS: "the file system is read-only",
};

/** `the file system is read-only (EROFS)`; `undefined` for a code that says nothing of the machine. */
export function meaningOf(code: string): string | undefined {
  const meaning = meanings[code];
  return meaning && `${meaning} (${code})`;
}

/**
 * An error of the file system as FILE_FAILED; `undefined` for any other. It can come from wherever a file
 * is read or written, and it is never a mistake of ours that a disk is full.
 */
export function asFileError(
  error: NodeJS.ErrnoException,
  env: NodeJS.ProcessEnv = process.env,
): SlipwayError | undefined {
  const { code = "", syscall } = error;
  const path = placeOf(error);
  const meaning = meaningOf(code);
  if (meaning === undefined || syscall === undefined) return undefined;
  const where = path === undefined ? "" : ` '${path}'`;
  return new SlipwayError("FILE_FAILED", `cannot ${syscall}${where}: ${meaning}`, {
    suggestions: suggestionsFor(code, path, env),
    cause: error,
  });
}

/** Where two files were at hand, a disk without room, or that may not be written, is that of the second. */
function placeOf(error: NodeJS.ErrnoException & { readonly dest?: string }): string | undefined {
  const { code, path, dest } = error;
  const isOfWriting = code === "ENOSPC" || code === "EDQUOT" || code === "EROFS";
  return isOfWriting ? (dest ?? path) : path;
}

function suggestionsFor(code: string, path: string | undefined, env: NodeJS.ProcessEnv): string[] {
  const place = path === undefined ? "." : nearestThere(path);
  const isFull = code === "ENOSPC" || code === "EDQUOT";
  return [
    commandLine(isFull ? ["df", "-h", place] : ["ls", "-ld", place]),
    ...otherPlaces(path, env),
  ];
}

/** The path itself, or the nearest directory above it that is there. */
export function nearestThere(path: string): string {
  const parent = dirname(path);
  return existsSync(path) || parent === path ? path : nearestThere(parent);
}

/** Which variable keeps such a file elsewhere; of a write the system names no file, so it may be either. */
function otherPlaces(path: string | undefined, env: NodeJS.ProcessEnv): string[] {
  const layouts = "SLIPWAY_CACHE_DIR=DIR keeps layouts in another place";
  const temporary = "TMPDIR=DIR keeps temporary files in another place";
  if (path === undefined) return [layouts, temporary];
  const place = resolve(path);
  const cache = cacheDirectory(env);
  if (place === cache || place.startsWith(cache + sep)) return [layouts];
  return place.startsWith(join(tmpdir(), "slipway-")) ? [temporary] : [];
}
