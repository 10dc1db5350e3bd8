import { lstat, readlink, realpath } from "node:fs/promises";
import { dirname, join, parse, relative, resolve, sep } from "node:path";

/** As many as Linux follows before it says ELOOP (path_resolution(7)). */
const mostLinks = 40;

/**
 * Where git must look for what is read at `path`, seen from `directory`; absolute. git knows of a symbolic link only
 * what it points to, and nothing behind it: so each link on the way counts, and the place that the last one leads to.
 */
export async function placesBehind(directory: string, path: string): Promise<readonly string[]> {
  const links: string[] = [];
  let place = resolve(await realpath(directory), path);
  for (let link = await firstLink(place); link !== undefined; link = await firstLink(place)) {
    links.push(link.path);
    if (links.length > mostLinks) return links;
    place = resolve(dirname(link.path), link.target, relative(link.path, place));
  }
  return [...links, place];
}

async function firstLink(place: string) {
  const { root } = parse(place);
  let path = root;
  for (const name of place.slice(root.length).split(sep)) {
    path = join(path, name);
    const found = await lstat(path).catch(() => undefined);
    if (found === undefined) return undefined;
    if (found.isSymbolicLink()) return { path, target: await readlink(path) };
  }
  return undefined;
}
