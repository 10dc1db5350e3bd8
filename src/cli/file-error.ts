import { SlipwayError } from "../errors.ts";

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

/**
 * An error of the file system as FILE_FAILED; `undefined` for any other. It can come from wherever a file
 * is read or written, and it is never a mistake of ours that a disk is full.
 */
export function asFileError(error: NodeJS.ErrnoException): SlipwayError | undefined {
  const { code = "", syscall, path } = error;
  const meaning = meanings[code];
  if (meaning === undefined || syscall === undefined) return undefined;
  const where = path === undefined ? "" : ` '${path}'`;
  return new SlipwayError("FILE_FAILED", `cannot ${syscall}${where}: ${meaning} (${code})`, {
    suggestions: suggestionsFor(code, path),
    cause: error,
  });
}

function suggestionsFor(code: string, path: string | undefined): string[] {
  const full = code === "ENOSPC" || code === "EDQUOT";
  return [
    ...(full ? ["df -h"] : [`ls -ld ${path ?? "."}`]),
    "SLIPWAY_CACHE_DIR=DIR keeps layouts in another place, TMPDIR=DIR temporary files",
  ];
}
