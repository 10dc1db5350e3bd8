import { type BlobName, type ThingName, things } from "./things.ts";

/** What a registry is to the test: nothing but names. */
export type Model = Map<string, ModelRepository>;

export interface ModelRepository {
  locked: boolean;
  readonly blobs: Set<BlobName>;
  /** In the order of their push, with their tags. */
  readonly images: Map<ThingName, Set<string>>;
}

export interface ImageName {
  readonly thing?: ThingName;
  readonly tag?: string;
}

export type Operation =
  | Doing<"create" | "describe" | "list" | "tags", object>
  | Doing<"destroy", { readonly force: boolean }>
  | Doing<"lock", { readonly locked: boolean }>
  | Doing<"push-blob" | "head-blob", { readonly blob: BlobName }>
  | Doing<"put" | "put-image", { readonly thing: ThingName; readonly tag?: string }>
  | Doing<"pull" | "head" | "delete", { readonly image: ImageName }>
  | Doing<"batch-delete", { readonly images: readonly ImageName[] }>
  | Doing<"referrers" | "list-referrers", { readonly thing: ThingName }>;

type Doing<Name extends string, Fields> = Name extends string
  ? { readonly repository: string; readonly do: Name } & Fields
  : never;

type Answer = string | readonly string[];

/** What ECR answers, in the test's own words; the model is afterwards as the registry must be. */
export function answerOf(model: Model, operation: Operation): Answer {
  const { repository: name } = operation;
  const repository = model.get(name);
  if (operation.do === "create") {
    if (repository) return "RepositoryAlreadyExists";
    model.set(name, { locked: false, blobs: new Set(), images: new Map() });
    return "done";
  }
  if (!repository) return "RepositoryNotFound";
  if (operation.do === "destroy") {
    if (repository.images.size > 0 && !operation.force) return "RepositoryNotEmpty";
    model.delete(name);
    return "done";
  }
  return within(repository, operation);
}

type Within = Exclude<Operation, { do: "create" | "destroy" }>;

function within(repository: ModelRepository, operation: Within): Answer {
  const { images } = repository;
  switch (operation.do) {
    case "lock":
      repository.locked = operation.locked;
      return "done";
    case "push-blob":
      repository.blobs.add(operation.blob);
      return "done";
    case "head-blob":
      return repository.blobs.has(operation.blob) ? "there" : "BlobNotFound";
    case "put":
    case "put-image":
      return put(repository, operation);
    case "pull":
    case "head":
      return find(repository, operation.image) ?? "ImageNotFound";
    case "delete":
      return remove(repository, operation.image);
    case "batch-delete":
      return removeAll(repository, operation.images);
    case "describe":
      return [...images].map(([thing, tags]) => `${thing} ${[...tags].sort()}`).sort();
    case "list":
      return [...images]
        .flatMap(([thing, tags]) =>
          tags.size === 0 ? [`${thing} -`] : [...tags].map((tag) => `${thing} ${tag}`),
        )
        .sort();
    case "tags":
      return [...images.values()].flatMap((tags) => [...tags]).sort();
    default:
      return [...images.keys()].filter((name) => things[name].subject === operation.thing).sort();
  }
}

function put(
  repository: ModelRepository,
  operation: Extract<Operation, { do: "put" | "put-image" }>,
): string {
  const { locked, images } = repository;
  const { thing, tag } = operation;
  const missing = missingFor(repository, thing);
  if (missing) return missing;
  const holder = [...images].find(([, tags]) => tag !== undefined && tags.has(tag));
  if (locked && holder) return "ImageTagAlreadyExists";
  const isTagged = tag === undefined || holder?.[0] === thing;
  if (images.has(thing) && isTagged) {
    return operation.do === "put" ? "done" : "ImageAlreadyExists";
  }
  const tags = images.get(thing) ?? new Set();
  images.set(thing, tags);
  if (tag !== undefined) {
    holder?.[1].delete(tag);
    tags.add(tag);
  }
  return "done";
}

function missingFor({ blobs, images }: ModelRepository, thing: ThingName): string | undefined {
  const wanted = things[thing];
  if (wanted.blobs.some((blob) => !blobs.has(blob))) return "LayersNotFound";
  const isWhole = wanted.children.every((child) => images.has(child));
  return isWhole ? undefined : "ReferencedImagesNotFound";
}

function find({ images }: ModelRepository, { thing, tag }: ImageName): ThingName | undefined {
  if (tag === undefined) return thing !== undefined && images.has(thing) ? thing : undefined;
  return [...images].find(([, tags]) => tags.has(tag))?.[0];
}

/** What was there when the request came does not fail for having gone with an earlier name. */
function removeAll(repository: ModelRepository, names: readonly ImageName[]): string[] {
  const found = names.map((name) => find(repository, name) !== undefined);
  return names.map((name, at) => {
    const outcome = remove(repository, name);
    return outcome === "ImageNotFound" && found[at] ? "done" : outcome;
  });
}

/** By its last tag an image goes whole, and not while an index lists it. */
function remove(repository: ModelRepository, image: ImageName): string {
  const { images } = repository;
  const thing = find(repository, image);
  if (thing === undefined) return "ImageNotFound";
  const { tag } = image;
  const tags = images.get(thing);
  if (tag !== undefined && tags && tags.size > 1) {
    tags.delete(tag);
    return "done";
  }
  const isListed = [...images.keys()].some((name) => things[name].children.includes(thing));
  if (isListed) return "ImageReferencedByManifestList";
  images.delete(thing);
  return "done";
}
