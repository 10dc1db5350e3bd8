import { Refusal } from "../refusal.ts";
import type { CreationTemplate } from "../registry-settings.ts";
import { type Registry, saveSettings } from "../state.ts";
import { type Call, type Operations, operation, seconds } from "./call.ts";
import { exclusionFilters, maxResults, nextToken, resourceTag, tagMutability } from "./fields.ts";
import { pageOf } from "./paging.ts";
import { verifyPolicyDocument } from "./policy-document.ts";
import { keptPolicy } from "./policy-refusal.ts";
import {
  describeEncryption,
  describeMutability,
  encryptionFrom,
  encryptionType,
  mutabilityFrom,
  verifyNoPaging,
} from "./repositories.ts";
import { tagsFrom } from "./resource-tags.ts";
import { type Checked, list, oneOf, optional, shape, text } from "./shape.ts";

const prefix = text({
  min: 1,
  max: 256,
  pattern:
    /^(?:ROOT|(?:[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*\/)*[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*\/?)$/,
});
const appliedFor = list(oneOf(["REPLICATION", "PULL_THROUGH_CACHE", "CREATE_ON_PUSH"]), 1, 3);
const encryption = shape({
  encryptionType,
  kmsKey: optional(
    text({
      max: 2048,
      pattern: /^$|^arn:aws[a-z0-9-]*:kms:[a-z0-9-]+:[0-9]{12}:key\/[a-z0-9-]+$/,
    }),
  ),
});
const common = {
  prefix,
  description: optional(text({ max: 256 })),
  encryptionConfiguration: optional(encryption),
  resourceTags: optional(list(resourceTag, 0, 200)),
  imageTagMutability: optional(tagMutability),
  imageTagMutabilityExclusionFilters: exclusionFilters,
  repositoryPolicy: optional(text({ max: 10_240 })),
  lifecyclePolicy: optional(text({ max: 30_720 })),
  customRoleArn: optional(text({ max: 2048 })),
};
const given = shape({ ...common, appliedFor });
const changes = shape({ ...common, appliedFor: optional(appliedFor) });

export const creationTemplateOperations: Operations = {
  CreateRepositoryCreationTemplate: operation(given, async (input, call) => {
    const registry = await call.registryOf();
    if (find(registry, input.prefix)) {
      const message = `A repository creation template with prefix '${input.prefix}' already exists in the registry with id '${registry.account}'`;
      throw new Refusal("TemplateAlreadyExistsException", message);
    }
    const now = call.state.now();
    const template = templateFrom(input, { appliedFor: input.appliedFor, createdAt: now, now });
    save(registry, [...registry.settings.templates, template]);
    return answer(registry, template);
  }),

  UpdateRepositoryCreationTemplate: operation(changes, async (input, call) => {
    const registry = await call.registryOf();
    const before = demand(registry, input.prefix);
    const { createdAt } = before;
    const times = { createdAt, now: call.state.now() };
    const applied = { appliedFor: input.appliedFor ?? before.appliedFor };
    const template = {
      ...before,
      ...onlyGiven(input, templateFrom(input, { ...applied, ...times })),
    };
    const others = registry.settings.templates.filter((one) => one !== before);
    save(registry, [...others, template]);
    return answer(registry, template);
  }),

  DeleteRepositoryCreationTemplate: operation(shape({ prefix }), async (input, call) => {
    const registry = await call.registryOf();
    const template = demand(registry, input.prefix);
    save(
      registry,
      registry.settings.templates.filter((one) => one !== template),
    );
    return answer(registry, template);
  }),

  DescribeRepositoryCreationTemplates: operation(
    shape({ prefixes: optional(list(prefix, 1, 100)), nextToken, maxResults }),
    async (input, call) => await describeAll(call, input),
  ),
};

async function describeAll(
  { state, registryOf }: Call,
  input: {
    readonly prefixes?: readonly string[] | undefined;
    readonly nextToken?: string | undefined;
    readonly maxResults?: number | undefined;
  },
): Promise<object> {
  const registry = await registryOf();
  const { prefixes } = input;
  if (prefixes) verifyNoPaging("prefixes", input);
  const { items, ...more } = pageOf(
    {
      secret: state.secret,
      scope: `templates ${registry.account}`,
      items: registry.settings.templates.filter((one) => prefixes?.includes(one.prefix) ?? true),
      keyOf: (one) => one.prefix,
    },
    input,
  );
  const repositoryCreationTemplates = items.map(describe);
  return { registryId: registry.account, repositoryCreationTemplates, ...more };
}

function save(registry: Registry, templates: readonly CreationTemplate[]): void {
  const sorted = templates.toSorted((a, b) => (a.prefix < b.prefix ? -1 : 1));
  saveSettings(registry, { templates: sorted });
}

function find({ settings }: Registry, wanted: string): CreationTemplate | undefined {
  return settings.templates.find((one) => one.prefix === wanted);
}

function demand(registry: Registry, wanted: string): CreationTemplate {
  const template = find(registry, wanted);
  if (template) return template;
  const message = `The repository creation template with prefix '${wanted}' does not exist in the registry with id '${registry.account}'`;
  throw new Refusal("TemplateNotFoundException", message);
}

function templateFrom(
  input: Checked<typeof changes>,
  {
    appliedFor: uses,
    createdAt,
    now,
  }: Pick<CreationTemplate, "appliedFor" | "createdAt"> & { readonly now: number },
): CreationTemplate {
  const { prefix: name, description, repositoryPolicy, lifecyclePolicy, customRoleArn } = input;
  if (repositoryPolicy) verifyPolicyDocument(repositoryPolicy, "repository");
  return {
    prefix: name,
    description,
    appliedFor: uses,
    mutability: mutabilityFrom(
      input.imageTagMutability ?? "MUTABLE",
      input.imageTagMutabilityExclusionFilters,
    ),
    encryption: encryptionFrom(input.encryptionConfiguration),
    resourceTags: tagsFrom({}, input.resourceTags ?? []),
    repositoryPolicy,
    lifecyclePolicy: lifecyclePolicy ? keptPolicy(lifecyclePolicy) : lifecyclePolicy,
    customRoleArn,
    createdAt,
    updatedAt: now,
  };
}

/** An update leaves alone what it does not name. */
function onlyGiven(
  input: Checked<typeof changes>,
  template: CreationTemplate,
): Partial<CreationTemplate> {
  const named: Readonly<Record<string, unknown>> = {
    ...input,
    mutability: input.imageTagMutability,
    encryption: input.encryptionConfiguration,
    updatedAt: true,
  };
  const kept = Object.entries(template).filter(([name]) => named[name] !== undefined);
  return Object.fromEntries(kept);
}

function answer(registry: Registry, template: CreationTemplate): object {
  return { registryId: registry.account, repositoryCreationTemplate: describe(template) };
}

function describe(template: CreationTemplate): object {
  const { mutability, encryption, resourceTags, createdAt, updatedAt, ...rest } = template;
  return {
    ...rest,
    ...describeMutability(mutability),
    encryptionConfiguration: describeEncryption(encryption),
    resourceTags: Object.entries(resourceTags).map(([Key, Value]) => ({ Key, Value })),
    createdAt: seconds(createdAt),
    updatedAt: seconds(updatedAt),
  };
}
