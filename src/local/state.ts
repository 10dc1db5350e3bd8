import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Digest } from "../oci/reference.ts";
import type { Denial } from "./access.ts";
import { type ContentStore, openContent, sweepContent } from "./content.ts";
import type { Watch } from "./effects.ts";
import type { FindingsRule } from "./findings-file.ts";
import { journalFile, readJournals, removeJournal, writeEvents } from "./journal.ts";
import type { Preview } from "./lifecycle/preview.ts";
import { Refusal, repositoryNotFound } from "./refusal.ts";
import { type RegistrySettings, readSettings, writeSettings } from "./registry-settings.ts";
import {
  applyEvent,
  createRepository,
  type Image,
  type LiveRepository,
  type NewRepository,
  type Repository,
  type RepositoryEvent,
} from "./repository.ts";
import type { Roles } from "./roles.ts";
import type { Sessions } from "./sessions.ts";
import { openSecret, type Secret } from "./signed.ts";

/** What both planes share. It knows no HTTP; a registry's `host` is told by who listens for it. */
export interface State {
  readonly directory: string;
  readonly content: ContentStore;
  readonly secret: Secret;
  readonly registries: Map<string, Registry>;
  readonly now: () => number;
  /** What nobody may do here, as a rehearsal of missing permissions. */
  readonly denials: readonly Denial[];
  /** Sees every change, and may refuse it. */
  readonly watch: Watch | undefined;
  /** The last lifecycle policy preview of each repository. They go with the server. */
  readonly previews: WeakMap<Repository, Preview>;
  readonly previewMs: number;
  /** The way of the distribution specification where ECR has another. */
  readonly spec: boolean;
  /** What scans find. */
  readonly findings: readonly FindingsRule[];
  /** Roles that may be assumed; absent, all. */
  readonly roles: Roles | undefined;
  readonly scheme: "http" | "https";
  /** Where blobs are read from; set while the storage listens. */
  readonly storage: { origin: string };
}

type StateOptions = Pick<State, "now"> & {
  readonly [Key in "denials" | "watch" | "previewMs" | "spec" | "findings" | "scheme" | "roles"]?:
    | State[Key]
    | undefined;
};

/** One registry is one account in one region. */
export interface Registry {
  readonly account: string;
  readonly region: string;
  readonly directory: string;
  readonly repositories: Map<string, LiveRepository>;
  readonly watch: Watch | undefined;
  /** Uploads under way. They end with the server. */
  readonly uploads: Sessions;
  settings: RegistrySettings;
  /** The port of its data plane: the last one used, or the one in use. */
  port: number;
  /** `host:port` of its data plane, as image names begin, and with its scheme; set while it listens. */
  host: string;
  origin: string;
}

interface SavedRegistry {
  readonly format: 1;
  readonly port: number;
}

/** Ten days: long enough for any push to end, short enough that a directory does not grow for ever. */
const keptWithoutImage = 10 * 24 * 3600 * 1000;

export function openState(
  directory: string,
  {
    now,
    denials = [],
    watch,
    previewMs = 250,
    spec = false,
    findings = [],
    scheme = "http",
    roles,
  }: StateOptions,
): State {
  const content = openContent(directory);
  const state: State = {
    directory,
    content,
    secret: openSecret(directory),
    registries: new Map(),
    now,
    denials,
    watch,
    previews: new WeakMap(),
    previewMs,
    spec,
    findings,
    scheme,
    roles,
    storage: { origin: "" },
  };
  for (const [account, region] of savedRegistries(directory)) openRegistry(state, account, region);
  dropForgottenLayers(state);
  sweepContent(content, wantedContent(state));
  return state;
}

function savedRegistries(directory: string): [string, string][] {
  const root = join(directory, "registries");
  return list(root).flatMap((account) =>
    list(join(root, account)).map((region): [string, string] => [account, region]),
  );
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

export function registryKey(account: string, region: string): string {
  return `${account}/${region}`;
}

/** The registry of an account in a region; every one exists, most are empty. Account and region must be checked. */
export function openRegistry(state: State, account: string, region: string): Registry {
  const key = registryKey(account, region);
  const known = state.registries.get(key);
  if (known) return known;
  const directory = join(state.directory, "registries", account, region);
  const repositories = readJournals(directory);
  const registry: Registry = {
    account,
    region,
    directory,
    repositories: new Map(repositories.map((repository) => [repository.name, repository])),
    watch: state.watch,
    uploads: new Map(),
    settings: readSettings(directory),
    port: savedPort(directory),
    host: "",
    origin: "",
  };
  state.registries.set(key, registry);
  return registry;
}

function savedPort(directory: string): number {
  try {
    const saved = JSON.parse(readFileSync(join(directory, "registry.json"), "utf8"));
    return Number.isInteger((saved as SavedRegistry).port) ? (saved as SavedRegistry).port : 0;
  } catch {
    return 0;
  }
}

/** Remembers where the registry's data plane listens, so that image names stay true after a restart. */
export function savePort(
  registry: Registry,
  port: number,
  scheme: State["scheme" | "roles"],
): void {
  registry.port = port;
  registry.host = `127.0.0.1:${port}`;
  registry.origin = `${scheme}://${registry.host}`;
  const file = join(registry.directory, "registry.json");
  const saved: SavedRegistry = { format: 1, port };
  writeFileSync(`${file}.new`, JSON.stringify(saved));
  renameSync(`${file}.new`, file);
}

/** Changes what is set for a registry as a whole: on disk first, then in memory. */
export function saveSettings(registry: Registry, changes: Partial<RegistrySettings>): void {
  const settings = { ...registry.settings, ...changes };
  writeSettings(registry.directory, settings);
  registry.settings = settings;
}

/** Throws RepositoryNotFoundException. */
export function findRepository(registry: Registry, name: string): Repository {
  const repository = registry.repositories.get(name);
  if (!repository) throw repositoryNotFound(name, registry.account);
  return repository;
}

/** An empty repository, on disk before it is shown. Throws RepositoryAlreadyExistsException. */
export function addRepository(registry: Registry, settings: NewRepository): Repository {
  const { name } = settings;
  if (registry.repositories.has(name)) {
    throw new Refusal(
      "RepositoryAlreadyExistsException",
      `The repository with name '${name}' already exists in the registry with id '${registry.account}'`,
    );
  }
  const events = [{ did: "create", repository: settings }] as const;
  registry.watch?.before(registry, name, events);
  writeEvents(journalFile(registry.directory, name), events);
  const repository = createRepository(settings);
  registry.repositories.set(name, repository);
  registry.watch?.after(registry, name, events);
  return repository;
}

/** Forgets a repository with all its images. The content stays for others until the directory is opened again. */
export function dropRepository(registry: Registry, { name }: Repository): void {
  registry.watch?.before(registry, name, "deleted");
  removeJournal(journalFile(registry.directory, name));
  registry.repositories.delete(name);
  registry.watch?.after(registry, name, "deleted");
}

/**
 * Makes the events happen, all or none: on disk first, then in memory, in one turn of the event loop.
 * Whoever checks and then commits without awaiting in between has checked what holds.
 * Throws RepositoryNotFoundException when the repository was deleted in the meantime.
 */
export function commit(
  registry: Registry,
  repository: Repository,
  events: readonly RepositoryEvent[],
): void {
  const live = registry.repositories.get(repository.name);
  if (live === undefined || live !== repository) {
    throw repositoryNotFound(repository.name, registry.account);
  }
  if (events.length === 0) return;
  registry.watch?.before(registry, repository.name, events);
  writeEvents(journalFile(registry.directory, repository.name), events);
  for (const event of events) applyEvent(live, event);
  registry.watch?.after(registry, repository.name, events);
}

/** Throws ImageNotFoundException in the words that the API uses. */
export function findImage(
  registry: Registry,
  repository: Repository,
  { digest, tag }: { readonly digest?: string | undefined; readonly tag?: string | undefined },
): Image {
  const wanted = digest ?? (tag === undefined ? undefined : repository.tags.get(tag));
  const image = wanted === undefined ? undefined : repository.images.get(wanted as Digest);
  if (image && (tag === undefined || image.tags.has(tag))) return image;
  const named = `{imageDigest:'${digest ?? "null"}', imageTag:'${tag ?? "null"}'}`;
  throw new Refusal(
    "ImageNotFoundException",
    `The image with imageId ${named} does not exist within the repository with name '${repository.name}' in the registry with id '${registry.account}'`,
  );
}

/** Layers of deleted images, and of pushes that were given up long ago. */
function dropForgottenLayers(state: State): void {
  const before = state.now() - keptWithoutImage;
  for (const registry of state.registries.values()) {
    for (const repository of registry.repositories.values()) {
      const used = new Set([...repository.images.values()].flatMap(({ layers }) => layers));
      const digests = [...repository.layers.values()]
        .filter(({ digest, addedAt }) => !used.has(digest) && addedAt < before)
        .map(({ digest }) => digest);
      if (digests.length > 0) commit(registry, repository, [{ did: "drop-layers", digests }]);
    }
  }
}

function wantedContent(state: State): Set<Digest> {
  const repositories = [...state.registries.values()].flatMap((registry) => [
    ...registry.repositories.values(),
  ]);
  return new Set(
    repositories.flatMap(({ layers, images }) => [...layers.keys(), ...images.keys()]),
  );
}
