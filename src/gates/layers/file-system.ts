import type { Entry } from "./facts.ts";

/** An entry, and the layer (from 0) that brought it. */
export interface Placed {
  readonly entry: Entry;
  readonly layer: number;
}

/** Something that an upper layer took away or replaced: its bytes are still pulled, and nobody sees them. */
export interface Lost extends Placed {
  readonly by: number;
  readonly how: "deleted" | "replaced";
}

/** The file system that a container sees, and what lies hidden below it. */
export interface FileSystem {
  readonly visible: readonly Placed[];
  readonly lost: readonly Lost[];
}

interface Spot {
  here?: Placed;
  children?: Map<string, Spot>;
}

/**
 * Lays layers over each other (image-spec layer.md): whiteouts of a layer take away what is in the layers below it
 * and never what it brings itself, wherever in the layer they stand; a directory over a directory joins it, everything
 * else replaces what was there with all below it. Every entry is once among `visible` or `lost`.
 */
export function layFileSystem(layers: readonly (readonly Entry[])[]): FileSystem {
  const root: Spot = {};
  const lost: Lost[] = [];
  for (const [layer, entries] of layers.entries()) {
    layOver(root, entries, layer, lost);
  }
  const visible: Placed[] = [];
  visit(root, (placed) => visible.push(placed));
  return { visible, lost };
}

/** Whiteouts go first: they are about the layers below alone. */
function layOver(root: Spot, entries: readonly Entry[], layer: number, lost: Lost[]): void {
  const losing = (how: Lost["how"]) => (placed: Placed) => {
    lost.push({ ...placed, by: layer, how });
  };
  for (const { type, path } of entries) {
    if (type === "whiteout") remove(root, path, losing("deleted"));
    if (type === "opaque") empty(root, path, losing("deleted"));
  }
  for (const entry of entries) {
    if (entry.type === "whiteout" || entry.type === "opaque") continue;
    put(root, { entry, layer }, losing("replaced"));
  }
}

type Losing = (placed: Placed) => void;

function remove(root: Spot, path: string, losing: Losing): void {
  const at = path.lastIndexOf("/");
  const parent = at < 0 ? root : find(root, path.slice(0, at));
  const name = path.slice(at + 1);
  const spot = parent?.children?.get(name);
  if (spot === undefined) return;
  parent?.children?.delete(name);
  visit(spot, losing);
}

function empty(root: Spot, path: string, losing: Losing): void {
  const spot = find(root, path);
  for (const child of spot?.children?.values() ?? []) visit(child, losing);
  if (spot) delete spot.children;
}

function put(root: Spot, placed: Placed, losing: Losing): void {
  const spot = make(root, placed.entry.path, losing);
  if (spot.here) losing(spot.here);
  spot.here = placed;
  if (placed.entry.type === "directory" || spot === root) return;
  for (const child of spot.children?.values() ?? []) visit(child, losing);
  delete spot.children;
}

/** The place of a path; a file on the way to it gives way, and a link is left to whoever follows links. */
function make(root: Spot, path: string, losing: Losing): Spot {
  let spot = root;
  for (const name of partsOf(path)) {
    if (spot.here?.entry.type === "file") {
      losing(spot.here);
      delete spot.here;
    }
    spot.children ??= new Map();
    const next = spot.children.get(name) ?? {};
    spot.children.set(name, next);
    spot = next;
  }
  return spot;
}

function find(root: Spot, path: string): Spot | undefined {
  let spot: Spot | undefined = root;
  for (const name of partsOf(path)) spot = spot?.children?.get(name);
  return spot;
}

function partsOf(path: string): readonly string[] {
  return path === "" ? [] : path.split("/");
}

/** Without recursion: a path has up to 2000 parts. */
function visit(spot: Spot, tell: Losing): void {
  const rest = [spot];
  for (let next = rest.pop(); next; next = rest.pop()) {
    if (next.here) tell(next.here);
    for (const child of next.children?.values() ?? []) rest.push(child);
  }
}
