import { SlipwayError } from "../errors.ts";
import type { Source, StoredManifest } from "./content.ts";
import {
  type Descriptor,
  hasDigest,
  isIndexType,
  isManifestType,
  type Manifest,
  parseManifest,
} from "./manifest.ts";
import { atMost, eachOf, questionsAtOnce } from "./parallel.ts";
import type { Digest } from "./reference.ts";

/** A manifest and what it names, each once. */
export interface Node {
  readonly manifest: StoredManifest;
  /** Manifests that must be in a repository before this one. */
  readonly children: readonly Digest[];
  readonly blobs: readonly Descriptor[];
  /** What a signature or an SBOM refers to (OCI 1.1). */
  readonly subject?: Digest;
}

/**
 * All of an image: the root and everything it names, children before parents; with what belongs to it, where that
 * was asked for, after what it belongs to.
 */
export interface Tree {
  readonly root: Digest;
  readonly nodes: readonly Node[];
}

const maxManifests = 2000;
const maxDepth = 8;
/** Of all manifests of a tree together: all of them are kept until it is copied or compared. */
export const maxTreeBytes = 64 * 1024 * 1024;

type ManifestSource = Pick<Source, "manifest" | "place">;
/** A manifest to read: its size is checked where somebody said it. */
export type Reading = Pick<Descriptor, "digest" | "mediaType"> & { readonly size?: number };

/**
 * Reads every manifest of an image from its root down. Content is not trusted: every manifest has the
 * digest and size that its parent says; depth, number and bytes are bounded, and 16 are read at once.
 * Throws NOT_FOUND, MANIFEST_INVALID or CONTENT_CORRUPT.
 */
export async function readTree(root: Reading, source: ManifestSource): Promise<Tree> {
  const reader = openReader(root.digest, source);
  await reader.read(root);
  return { root: root.digest, nodes: [...reader.nodes.values()] };
}

/** The root by itself, checked as `readTree` does, where nothing is asked of what it names. */
export function readRoot(root: Reading, manifest: StoredManifest): Tree {
  checkContent(manifest, root);
  const { descriptors: _, ...node } = nodeOf(manifest);
  return { root: root.digest, nodes: [node] };
}

/**
 * As `readTree`, with all that `belongingTo` tells of any manifest in it, and of what belongs to that: an SBOM and
 * the signature of the SBOM. Each round asks about what the one before has brought, so that a ring ends; rounds and
 * manifests are bounded.
 */
export async function readTreeWith(
  root: Reading,
  source: ManifestSource,
  belongingTo: (digest: Digest) => Promise<readonly Reading[]>,
): Promise<Tree> {
  const reader = openReader(root.digest, source);
  const asked = new Set<Digest>();
  let found: readonly Reading[] = [root];
  for (let round = 0; found.length > 0; round += 1) {
    if (round > maxDepth) throw tooDeep(root.digest);
    await eachOf(found, questionsAtOnce, (one) => reader.read(one));
    const unasked = [...reader.nodes.keys()].filter((digest) => !asked.has(digest));
    const more: Reading[] = [];
    await eachOf(unasked, questionsAtOnce, async (digest) => {
      asked.add(digest);
      for (const one of await belongingTo(digest)) more.push(one);
    });
    found = more.filter(({ digest }) => !reader.nodes.has(digest));
  }
  return { root: root.digest, nodes: [...reader.nodes.values()] };
}

/** A manifest of a tree as it is stored; `undefined` for one that it lacks. */
export function storedIn(
  { nodes }: Pick<Tree, "nodes">,
  digest: Digest,
): StoredManifest | undefined {
  return nodes.find(({ manifest }) => manifest.digest === digest)?.manifest;
}

/** As `storedIn`, read. */
export function manifestIn(tree: Pick<Tree, "nodes">, digest: Digest): Manifest | undefined {
  const stored = storedIn(tree, digest);
  return stored && parseManifest(stored.bytes, stored.mediaType);
}

/** The manifests that no other one names: the image, and what refers to it. */
export function topsOf(nodes: readonly Node[]): Node[] {
  const named = new Set(nodes.flatMap(({ children }) => children));
  return nodes.filter(({ manifest }) => !named.has(manifest.digest));
}

/** What is left to bring to where these are: all but the tops among them, and what those alone name. */
export function treeWithout({ root, nodes }: Tree, there: ReadonlySet<Digest>): Tree {
  const wanted = new Set(
    topsOf(nodes).flatMap(({ manifest: { digest } }) => (there.has(digest) ? [] : [digest])),
  );
  // Children stand before their parents.
  for (const { manifest, children } of nodes.toReversed()) {
    if (wanted.has(manifest.digest)) for (const child of children) wanted.add(child);
  }
  return { root, nodes: nodes.filter(({ manifest }) => wanted.has(manifest.digest)) };
}

/** Several trees as one, to be copied in one go. */
export function joinTrees(trees: readonly [Tree, ...Tree[]]): Tree {
  const nodes = new Map(
    trees.flatMap((tree) => tree.nodes).map((node) => [node.manifest.digest, node]),
  );
  return { root: trees[0].root, nodes: [...nodes.values()] };
}

/** Manifests in the order in which a registry takes them: all of a level at once, what is named or referred to first. */
export function levelsOf(nodes: readonly Node[]): Node[][] {
  const levels = new Map<Digest, number>();
  for (const { manifest, children, subject } of nodes) {
    const before = [...children, ...(subject === undefined ? [] : [subject])];
    const level = before.reduce((most, one) => Math.max(most, (levels.get(one) ?? -1) + 1), 0);
    levels.set(manifest.digest, level);
  }
  const byLevel = Map.groupBy(nodes, ({ manifest }) => levels.get(manifest.digest) ?? 0);
  return [...byLevel].sort(([a], [b]) => a - b).map(([, level]) => level);
}

function openReader(root: Digest, source: ManifestSource) {
  const nodes = new Map<Digest, Node>();
  const reading = new Map<Digest, Promise<Node>>();
  const agree = agreement();
  const inTurn = atMost(questionsAtOnce);
  let bytes = 0;
  return { nodes, read: async (descriptor: Reading) => void (await visit(descriptor, 0)) };

  async function visit(descriptor: Reading, depth: number): Promise<Node> {
    const begun = reading.get(descriptor.digest) ?? read(descriptor, depth);
    reading.set(descriptor.digest, begun);
    const node = await begun;
    await atPlace(source, async () => checkNamed(node, descriptor));
    return node;
  }

  async function read(descriptor: Reading, depth: number): Promise<Node> {
    const { descriptors, ...node } = await atPlace(source, () => readNode(descriptor, depth));
    await Promise.all(descriptors.map((child) => visit(child, depth + 1)));
    nodes.set(descriptor.digest, node);
    return node;
  }

  async function readNode(descriptor: Reading, depth: number): Promise<FoundNode> {
    if (depth > maxDepth) throw tooDeep(root);
    if (reading.size >= maxManifests) throw tooMany(root, `more than ${maxManifests}`);
    count(descriptor.size ?? 0);
    const manifest = await inTurn(() => source.manifest(descriptor));
    checkContent(manifest, descriptor);
    if (descriptor.size === undefined) count(manifest.bytes.length);
    const node = nodeOf(manifest);
    node.blobs.forEach(agree);
    return node;
  }

  /** By what is said of it where something is, so that what is too much is not read first. */
  function count(more: number): void {
    bytes += more;
    if (bytes > maxTreeBytes) throw tooMany(root, `more than ${maxTreeBytes} bytes of them`);
  }
}

/** One blob has one size, however often it is named: who pulls it by the other one refuses it. */
function agreement(): (blob: Descriptor) => void {
  const sizes = new Map<Digest, number>();
  return ({ digest, size }) => {
    const before = sizes.get(digest) ?? size;
    sizes.set(digest, before);
    if (before === size) return;
    const message = `blob ${digest} is named with ${before} bytes and with ${size}`;
    throw new SlipwayError("CONTENT_CORRUPT", message);
  };
}

function tooMany(root: Digest, how: string): SlipwayError {
  const message = `${root} holds too many manifests, ${how}: no image needs that, whoever made it has to make it anew`;
  return new SlipwayError("MANIFEST_INVALID", message);
}

function tooDeep(root: Digest): SlipwayError {
  return tooMany(root, `one in the other more than ${maxDepth} deep`);
}

/** A manifest with another digest could name its own parents, and reading would never end. */
function checkContent(manifest: StoredManifest, said: Reading): void {
  if (!hasDigest(manifest.bytes, said.digest)) {
    throw new SlipwayError("CONTENT_CORRUPT", `manifest ${said.digest} does not have its digest`);
  }
  checkSize(manifest, said);
}

/** What names a manifest may lie about it, whoever else named it before: by its size, or by its kind, by which it is pulled. */
function checkNamed({ manifest }: Node, named: Reading): void {
  checkSize(manifest, named);
  const isKnown = isManifestType(named.mediaType);
  if (!isKnown || isIndexType(named.mediaType) === isIndexType(manifest.mediaType)) return;
  throw new SlipwayError(
    "MANIFEST_INVALID",
    `manifest ${named.digest} is named as ${named.mediaType}, and is ${manifest.mediaType}`,
  );
}

function checkSize({ bytes }: Pick<StoredManifest, "bytes">, { digest, size }: Reading): void {
  if (size === undefined || bytes.length === size) return;
  throw new SlipwayError(
    "CONTENT_CORRUPT",
    `manifest ${digest} has ${bytes.length} bytes instead of ${size}`,
  );
}

/** Says which of the manifests it is. */
function parsedOf({ bytes, mediaType, digest }: StoredManifest): Manifest {
  try {
    return parseManifest(bytes, mediaType);
  } catch (cause) {
    if (!(cause instanceof SlipwayError)) throw cause;
    throw new SlipwayError(cause.code, `${digest} is ${cause.message}`, { cause });
  }
}

async function atPlace<T>(source: ManifestSource, reading: () => Promise<T>): Promise<T> {
  try {
    return await reading();
  } catch (error) {
    throw withRemedy(error, source);
  }
}

/** A layout that is wrong is made anew; what helps with an image in a registry cannot look into it. */
function withRemedy(error: unknown, { place }: ManifestSource): unknown {
  if (!(error instanceof SlipwayError) || !place || error.suggestions.length > 0) return error;
  const details = { suggestions: place.remedy, cause: error };
  return new SlipwayError(error.code, `${place.name}: ${error.message}`, details);
}

type FoundNode = Node & { readonly descriptors: readonly Descriptor[] };

function nodeOf(manifest: StoredManifest): FoundNode {
  const parsed = parsedOf(manifest);
  const stored = { ...manifest, mediaType: parsed.mediaType };
  const subject = parsed.subject && { subject: parsed.subject.digest };
  if (parsed.kind === "image") {
    return {
      manifest: stored,
      children: [],
      blobs: [parsed.config, ...parsed.layers],
      ...subject,
      descriptors: [],
    };
  }
  const nested = parsed.manifests.filter(
    ({ mediaType }) => isManifestType(mediaType) || isIndexType(mediaType),
  );
  const known = new Set(nested);
  const blobs = parsed.manifests.filter((entry) => !known.has(entry));
  return {
    manifest: stored,
    children: nested.map(({ digest }) => digest),
    blobs,
    ...subject,
    descriptors: nested,
  };
}

/** The blobs of a tree, each once, largest first so that the last one to finish is a small one. */
export function blobsOf(nodes: readonly Node[]): Descriptor[] {
  const unique = new Map(nodes.flatMap(({ blobs }) => blobs).map((blob) => [blob.digest, blob]));
  return [...unique.values()].sort((a, b) => b.size - a.size);
}
