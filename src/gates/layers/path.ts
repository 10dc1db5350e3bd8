import { posix } from "node:path";

/** A name in a tar as a path below the root of the file system, and what was wrong with the name. */
export interface CleanPath {
  readonly path: string;
  readonly absolute: boolean;
  /** It climbs above the root. */
  readonly outside: boolean;
}

/** Cleans a name without looking at any disk: `./usr//bin/../lib/` is `usr/lib`. */
export function cleanPath(name: string): CleanPath {
  // Nearly every name is clean but for its ends, and there may be a million of them.
  const bare = name.startsWith("./") ? name.slice(2) : name;
  const cut = bare.endsWith("/") ? bare.slice(0, -1) : bare;
  if (!/^\/|^\.$|\/\/|(?:^|\/)\.{1,2}(?:\/|$)/.test(cut)) {
    return { path: cut, absolute: false, outside: false };
  }
  const absolute = cut.startsWith("/");
  const normal = posix.normalize(cut.replace(/^\/+/, "") || ".");
  const outside = normal === ".." || normal.startsWith("../");
  const path = normal.replace(/^(?:\.\.\/?)+/, "").replace(/^\.$|\/$/, "");
  return { path, absolute, outside };
}

const prefix = ".wh.";
const opaque = ".wh..wh..opq";

/**
 * What a name means in a layer (image-spec layer.md, "Whiteouts"): `removes` the path below, `empties` the directory.
 * `undefined` for the other names that aufs kept to itself, which begin with `.wh..wh.`.
 */
export function whiteoutOf(
  path: string,
): { readonly type: "whiteout" | "opaque" | "none"; readonly path: string } | undefined {
  const at = path.lastIndexOf("/") + 1;
  if (!path.startsWith(prefix, at)) return { type: "none", path };
  const name = path.slice(at);
  const folder = path.slice(0, Math.max(0, at - 1));
  if (name === opaque) return { type: "opaque", path: folder };
  if (name.startsWith(`${prefix}${prefix}`)) return undefined;
  return { type: "whiteout", path: posix.join(folder, name.slice(prefix.length)) };
}
