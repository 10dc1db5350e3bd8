import { encryptionIn } from "./encryption.ts";
import { repositoryNotFound } from "./refusal.ts";
import { type TemplateUse, templateFor } from "./registry-settings.ts";
import type { Repository } from "./repository.ts";
import { addRepository, commit, type Registry, type State } from "./state.ts";

interface Making {
  readonly use: TemplateUse;
  /** Also where no template says so, with nothing set: the distribution specification knows no making of repositories. */
  readonly always?: boolean;
}

/** The repository, made now when a template says so. Throws RepositoryNotFoundException. */
export function repositoryFor(
  state: State,
  registry: Registry,
  name: string,
  { use, always = false }: Making,
): Repository {
  const known = registry.repositories.get(name);
  if (known) return known;
  const template = templateFor(registry.settings, name, use);
  if (!template && !always) throw repositoryNotFound(name, registry.account);
  const createdAt = state.now();
  const repository = addRepository(registry, {
    name,
    createdAt,
    scanOnPush: false,
    encryption: encryptionIn(registry, template?.encryption ?? { type: "AES256" }),
    mutability: template?.mutability ?? { mutability: "MUTABLE", exclusions: [] },
    resourceTags: template?.resourceTags ?? {},
  });
  const { lifecyclePolicy: text, repositoryPolicy: policy } = template ?? {};
  commit(registry, repository, [
    ...(text ? [{ did: "set-lifecycle", lifecycle: { text, setAt: createdAt } } as const] : []),
    ...(policy ? [{ did: "set-policy", policy } as const] : []),
  ]);
  return repository;
}
