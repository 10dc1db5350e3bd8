import { posix } from "node:path";

/** What docker itself puts into a container's layer. */
const engines = ["/dev", "/proc", "/sys", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"];

/**
 * The directories that a container has written to, from what `docker diff` tells: every path that changed, with all
 * directories above it. What lies below `tmpfs` is not of interest. At most eight.
 */
export function writtenPlaces(changed: readonly string[], tmpfs: readonly string[]): string[] {
  const above = new Set(changed.flatMap(parentsOf));
  const leaves = changed.filter(
    (path) => !above.has(path) && ![...engines, ...tmpfs].some((one) => isBelow(path, one)),
  );
  const places = [...new Set(leaves.map((path) => posix.dirname(path)))].sort();
  const tops = places.filter((path) => !places.some((one) => one !== path && isBelow(path, one)));
  return tops.slice(0, 8);
}

function parentsOf(path: string): string[] {
  const parent = posix.dirname(path);
  return parent === path ? [] : [parent, ...parentsOf(parent)];
}

function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === "/" ? "/" : `${directory}/`);
}
