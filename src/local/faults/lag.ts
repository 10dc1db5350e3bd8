import type { LiveRepository, Repository } from "../repository.ts";
import { type Registry, registryKey } from "../state.ts";

/** What registries were before their last changes, for as many reads as that is still shown. */
export interface Lag {
  /** Remembers a repository as it is now, before it changes; `undefined` for one that does not exist yet. */
  readonly remember: (registry: string, name: string, repository: Repository | undefined) => void;
  readonly isLagging: (registry: string | undefined) => boolean;
  /** One read less to mislead. */
  readonly countRead: (registry: string) => void;
  /** The registry as it was, where it still lags. */
  readonly view: (registry: Registry) => Registry;
}

interface Past {
  readonly repositories: Map<string, LiveRepository | undefined>;
  reads: number;
}

/** After each change `reads` reads of the registry see what was before; changes in between do not shorten that. */
export function openLag(reads: number): Lag {
  const pasts = new Map<string, Past>();
  return {
    remember(registry, name, repository) {
      const lagging = pasts.get(registry);
      const past: Past =
        lagging && lagging.reads > 0 ? lagging : { repositories: new Map(), reads };
      past.reads = reads;
      const copy = repository && (structuredClone(repository) as LiveRepository);
      if (!past.repositories.has(name)) past.repositories.set(name, copy);
      pasts.set(registry, past);
    },
    isLagging: (registry) => (pasts.get(registry ?? "")?.reads ?? 0) > 0,
    countRead(registry) {
      const past = pasts.get(registry);
      if (past) past.reads -= 1;
    },
    view(registry) {
      const past = pasts.get(registryKey(registry.account, registry.region));
      if (!past) return registry;
      const repositories = new Map(registry.repositories);
      for (const [name, repository] of past.repositories) {
        if (repository) repositories.set(name, repository);
        else repositories.delete(name);
      }
      return { ...registry, repositories };
    },
  };
}
