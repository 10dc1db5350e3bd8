import type { Effect, EffectKind, Upload } from "./reports.ts";
import type { Repository, RepositoryEvent } from "./repository.ts";
import type { Registry } from "./state.ts";

type Change = readonly RepositoryEvent[] | "deleted";

/** Stands at the one place where anything becomes true. */
export interface Watch {
  /** Throws when nothing may take effect any more. */
  before(registry: Registry, name: string, change: Change): void;
  after(registry: Registry, name: string, change: Change): void;
  /** A blob came in, also one that was there. */
  uploaded(registry: Registry, name: string, blob: Pick<Upload, "digest" | "wasThere">): void;
}

export interface EffectWatch extends Watch {
  halted: boolean;
}

/** Who is told. */
interface Listeners {
  readonly onEffect?: ((effect: Effect) => void) | undefined;
  readonly onUpload?: ((upload: Upload) => void) | undefined;
}

type Snapshot = (registry: string, name: string, repository: Repository | undefined) => void;

/** Counts effects and tells of each in the moment it is done, before the request that did it is answered. */
export function watchEffects(
  { onEffect, onUpload }: Listeners,
  onSnapshot: Snapshot,
  onChange: (registry: Registry, name: string, events: readonly RepositoryEvent[]) => void,
): EffectWatch {
  let number = 0;
  const watch: EffectWatch = {
    halted: false,
    before({ account, region, repositories }, name, change) {
      if (watch.halted) throw new Error("the local ECR was told to halt");
      if (describe(change).kinds.length === 0) return;
      onSnapshot(`${account}/${region}`, name, repositories.get(name));
    },
    after(registry, repository, change) {
      const { account, region } = registry;
      const told = describe(change);
      if (told.kinds.length === 0) return;
      number += 1;
      onEffect?.({ number, registry: `${account}/${region}`, repository, ...told });
      if (change !== "deleted") onChange(registry, repository, change);
    },
    uploaded({ account, region }, repository, blob) {
      onUpload?.({ registry: `${account}/${region}`, repository, ...blob });
    },
  };
  return watch;
}

type Told = Pick<Effect, "kinds" | "digest" | "tag">;

function describe(events: Change): Told {
  if (events === "deleted") return { kinds: ["repository-deleted"] };
  const kinds = new Set(events.flatMap((event) => kindOf(event) ?? []));
  const told: Told = { kinds: [...kinds] };
  // One by one: a seed or a lifecycle run has more of them than a call can have arguments.
  for (const event of events) Object.assign(told, namesOf(event));
  return told;
}

function kindOf(event: RepositoryEvent): EffectKind | undefined {
  switch (event.did) {
    case "create":
      return "repository";
    case "add-layer":
      return "blob";
    case "add-image":
      return "manifest";
    case "drop-image":
      return "image-deleted";
    case "tag":
      return "tag";
    case "untag":
      return "tag-deleted";
    case "set-lifecycle":
      return "lifecycle-policy";
    case "set-policy":
      return "repository-policy";
    case "set-mutability":
    case "set-scan-on-push":
    case "set-resource-tags":
      return "settings";
    case "archive":
      return "image-archived";
    case "restore":
      return "image-restored";
    case "drop-layers":
    case "evaluate":
    case "pull":
    case "scan":
      return undefined;
  }
}

function namesOf(event: RepositoryEvent): Partial<Told> {
  switch (event.did) {
    case "add-layer":
      return { digest: event.layer.digest };
    case "add-image":
      return { digest: event.image.digest };
    case "archive":
    case "drop-image":
    case "restore":
      return { digest: event.digest };
    case "tag":
      return { tag: event.tag, digest: event.digest };
    case "untag":
      return { tag: event.tag };
    default:
      return {};
  }
}
