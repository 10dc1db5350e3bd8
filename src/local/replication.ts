import type { Digest } from "../oci/reference.ts";
import { repositoryFor } from "./creation.ts";
import { isTagLocked } from "./mutability.ts";
import type { ReplicationRule } from "./registry-settings.ts";
import { factsOf, type Image, type Repository, type RepositoryEvent } from "./repository.ts";
import {
  addRepository,
  commit,
  openRegistry,
  type Registry,
  registryKey,
  type State,
} from "./state.ts";

/** One image on its way to another registry. */
interface Copy {
  readonly at: number;
  readonly source: Registry;
  readonly repository: string;
  readonly digest: Digest;
  readonly tag: string | undefined;
  readonly destination: Destination;
}

export type Destination = ReplicationRule["destinations"][number];

export interface Replication {
  /** Sees what was done to a repository, and sends on what was pushed. */
  readonly sendOn: (registry: Registry, name: string, events: readonly RepositoryEvent[]) => void;
  /** Does what was due until now. Cheap when nothing is. */
  readonly catchUp: () => void;
  readonly isUnderWay: (digest: Digest, destination: Destination) => boolean;
}

/** Copies what is pushed to where the rules of its registry say, `lagMs` of the server's clock later. */
export function openReplication(state: State, lagMs: number): Replication {
  const waiting: Copy[] = [];
  let isCopying = false;
  return {
    sendOn(source, name, events) {
      // What was replicated is not replicated further.
      if (isCopying || source.settings.replication.length === 0) return;
      const destinations = destinationsOf(source.settings.replication, name);
      const at = state.now() + lagMs;
      for (const { digest, tag } of pushedIn(events)) {
        for (const destination of destinations) {
          waiting.push({ at, source, repository: name, digest, tag, destination });
        }
      }
    },
    catchUp() {
      isCopying = true;
      try {
        for (let next = waiting[0]; next && next.at <= state.now(); next = waiting[0]) {
          waiting.shift();
          copy(state, next);
        }
      } finally {
        isCopying = false;
      }
    },
    isUnderWay: (digest, { region, registryId }) =>
      waiting.some(
        (one) =>
          one.digest === digest &&
          one.destination.region === region &&
          one.destination.registryId === registryId,
      ),
  };
}

/** Each place once, whichever rules name it. */
export function destinationsOf(rules: readonly ReplicationRule[], name: string): Destination[] {
  const fitting = rules.filter(
    ({ prefixes }) => prefixes.length === 0 || prefixes.some((prefix) => name.startsWith(prefix)),
  );
  const places = fitting.flatMap(({ destinations }) => destinations);
  return [...new Map(places.map((one) => [registryKey(one.registryId, one.region), one])).values()];
}

/** A tag that was pushed brings its image; an image without one goes alone. */
function pushedIn(
  events: readonly RepositoryEvent[],
): { digest: Digest; tag: string | undefined }[] {
  const tags = events.flatMap((event) => (event.did === "tag" ? [event] : []));
  const images = events.flatMap((event) => (event.did === "add-image" ? [event.image.digest] : []));
  return [
    ...tags.map(({ digest, tag }) => ({ digest, tag })),
    ...images
      .filter((digest) => !tags.some((one) => one.digest === digest))
      .map((digest) => ({ digest, tag: undefined })),
  ];
}

/** What was deleted meanwhile is not copied; a tag that is locked at the destination stays where it is. */
function copy(state: State, { source, repository: name, digest, tag, destination }: Copy): void {
  const from = source.repositories.get(name);
  const image = from?.images.get(digest);
  if (!from || !image) return;
  const registry = openRegistry(state, destination.registryId, destination.region);
  const to = repositoryAt(state, registry, from);
  const isLocked = tag !== undefined && to.tags.has(tag) && isTagLocked(to.mutability, tag);
  const isThere = tag === undefined || to.tags.get(tag) === digest;
  commit(registry, to, [
    ...contentEvents(from, to, image, state.now()),
    ...(isLocked || isThere ? [] : [{ did: "tag", tag, digest } as const]),
  ]);
}

/** Replication makes the repository where there is none, by a template or like a fresh one. */
function repositoryAt(state: State, registry: Registry, from: Repository): Repository {
  try {
    return repositoryFor(state, registry, from.name, { use: "REPLICATION" });
  } catch {
    return addRepository(registry, {
      name: from.name,
      createdAt: state.now(),
      encryption: { type: "AES256" },
      mutability: { mutability: "MUTABLE", exclusions: [] },
      scanOnPush: false,
      resourceTags: {},
    });
  }
}

/** Layers, children, then the image: what is not there yet. The bytes are there: content is kept once for all. */
function contentEvents(
  from: Repository,
  to: Repository,
  image: Image,
  now: number,
): RepositoryEvent[] {
  if (to.images.has(image.digest)) return [];
  const layers = image.layers.flatMap((digest) => {
    const layer = to.layers.has(digest) ? undefined : from.layers.get(digest);
    return layer ? [{ did: "add-layer", layer: { ...layer, addedAt: now } } as const] : [];
  });
  const children = image.children.flatMap((digest) => {
    const child = from.images.get(digest);
    return child ? contentEvents(from, to, child, now) : [];
  });
  return [
    ...layers,
    ...children,
    { did: "add-image", image: { ...factsOf(image), pushedAt: now } },
  ];
}
