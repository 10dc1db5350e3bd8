import { encryptionIn } from "../encryption.ts";
import { dropUploads } from "../layer-upload.ts";
import type { MutabilitySetting, TagMutability } from "../mutability.ts";
import { invalidParameter, Refusal } from "../refusal.ts";
import type { Encryption, Repository } from "../repository.ts";
import { addRepository, commit, dropRepository, findRepository, type Registry } from "../state.ts";
import { type Operations, operation, placeOf, repositoryArn, seconds } from "./call.ts";
import {
  exclusionFilters,
  inRepository,
  maxResults,
  nextToken,
  registryId,
  repositoryName,
  resourceTag,
  tagMutability,
} from "./fields.ts";
import { pageOf } from "./paging.ts";
import { tagsFrom } from "./resource-tags.ts";
import { type Checked, flag, list, oneOf, optional, shape, text } from "./shape.ts";

export const encryptionType = oneOf(["AES256", "KMS", "KMS_DSSE"]);
const encryptionConfiguration = shape({
  encryptionType,
  kmsKey: optional(text({ min: 1, max: 2048 })),
});

const scanningConfiguration = shape({ scanOnPush: optional(flag) });

export const repositoryOperations: Operations = {
  CreateRepository: operation(
    shape({
      ...inRepository,
      tags: optional(list(resourceTag, 0, 200)),
      imageTagMutability: optional(tagMutability),
      imageTagMutabilityExclusionFilters: exclusionFilters,
      imageScanningConfiguration: optional(scanningConfiguration),
      encryptionConfiguration: optional(encryptionConfiguration),
    }),
    async (input, call) => {
      const registry = await call.registryOf(input.registryId);
      const repository = addRepository(registry, {
        name: input.repositoryName,
        createdAt: call.state.now(),
        encryption: encryptionIn(registry, encryptionFrom(input.encryptionConfiguration)),
        mutability: mutabilityFrom(
          input.imageTagMutability ?? "MUTABLE",
          input.imageTagMutabilityExclusionFilters,
        ),
        scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false,
        resourceTags: tagsFrom({}, input.tags ?? []),
      });
      return { repository: describe(registry, repository) };
    },
  ),

  DescribeRepositories: operation(
    shape({
      registryId,
      repositoryNames: optional(list(repositoryName, 1, 100)),
      nextToken,
      maxResults,
    }),
    async (input, call) => {
      const registry = await call.registryOf(input.registryId);
      const { repositoryNames: names } = input;
      if (names) {
        verifyNoPaging("repositoryNames", input);
        const found = names.map((name) => findRepository(registry, name));
        return { repositories: found.map((repository) => describe(registry, repository)) };
      }
      const page = pageOf(
        {
          secret: call.state.secret,
          scope: `repositories ${registry.account}`,
          items: [...registry.repositories.values()].sort(byName),
          keyOf: ({ name }) => name,
        },
        input,
      );
      const { items, ...more } = page;
      return { repositories: items.map((repository) => describe(registry, repository)), ...more };
    },
  ),

  DeleteRepository: operation(
    shape({ ...inRepository, force: optional(flag) }),
    async (input, call) => {
      const { registry, repository } = await placeOf(call, input);
      if (repository.images.size > 0 && !input.force) {
        throw new Refusal(
          "RepositoryNotEmptyException",
          `The repository with name '${repository.name}' in registry with id '${registry.account}' cannot be deleted because it still contains images`,
        );
      }
      dropRepository(registry, repository);
      await dropUploads(
        { state: call.state, registry },
        (upload) => upload.repository === repository.name,
      );
      return { repository: describe(registry, repository) };
    },
  ),

  PutImageTagMutability: operation(
    shape({
      ...inRepository,
      imageTagMutability: tagMutability,
      imageTagMutabilityExclusionFilters: exclusionFilters,
    }),
    async (input, call) => {
      const { registry, repository } = await placeOf(call, input);
      const filters = input.imageTagMutabilityExclusionFilters;
      const mutability = mutabilityFrom(input.imageTagMutability, filters);
      commit(registry, repository, [{ did: "set-mutability", mutability }]);
      return { ...nameOf(registry, repository), ...describeMutability(mutability) };
    },
  ),

  PutImageScanningConfiguration: operation(
    shape({ ...inRepository, imageScanningConfiguration: scanningConfiguration }),
    async (input, call) => {
      const { registry, repository } = await placeOf(call, input);
      const scanOnPush = input.imageScanningConfiguration.scanOnPush ?? false;
      commit(registry, repository, [{ did: "set-scan-on-push", scanOnPush }]);
      return { ...nameOf(registry, repository), imageScanningConfiguration: { scanOnPush } };
    },
  ),
};

export function nameOf({ account }: Registry, { name }: Repository): object {
  return { registryId: account, repositoryName: name };
}

/** `maxResults` and `nextToken` do not go with a list of names or ids. */
export function verifyNoPaging(
  field: string,
  input: { readonly maxResults?: number | undefined; readonly nextToken?: string | undefined },
): void {
  const given = (["maxResults", "nextToken"] as const).find((name) => input[name] !== undefined);
  if (given) throw invalidParameter(given, `cannot be used together with ${field}`);
}

function byName(one: Repository, other: Repository): number {
  return one.name < other.name ? -1 : 1;
}

function describe(registry: Registry, repository: Repository): object {
  const { name } = repository;
  return {
    repositoryArn: repositoryArn(registry, name),
    ...nameOf(registry, repository),
    repositoryUri: `${registry.host}/${name}`,
    createdAt: seconds(repository.createdAt),
    ...describeMutability(repository.mutability),
    imageScanningConfiguration: { scanOnPush: repository.scanOnPush },
    encryptionConfiguration: describeEncryption(repository.encryption),
  };
}

export function describeEncryption({ type, kmsKey }: Encryption): object {
  return { encryptionType: type, ...(kmsKey !== undefined && { kmsKey }) };
}

export function describeMutability({ mutability, exclusions }: MutabilitySetting): object {
  return {
    imageTagMutability: mutability,
    ...(exclusions.length > 0 && {
      imageTagMutabilityExclusionFilters: exclusions.map((filter) => ({
        filterType: "WILDCARD",
        filter,
      })),
    }),
  };
}

const exclusionField = "imageTagMutabilityExclusionFilters";

/** Filters go with the `…_WITH_EXCLUSION` settings and with no other. */
export function mutabilityFrom(
  mutability: TagMutability,
  filters: Checked<typeof exclusionFilters>,
): MutabilitySetting {
  const wanted = mutability.endsWith("_WITH_EXCLUSION");
  if (wanted !== (filters !== undefined)) {
    const must = wanted ? "can't be null" : "must be null";
    throw invalidParameter(
      exclusionField,
      `ImageTagMutabilityExclusionFilters ${must} when imageTagMutability is set as ${mutability}`,
    );
  }
  const exclusions = (filters ?? []).map(({ filter }) => filter);
  const starry = exclusions.find((filter) => filter.split("*").length > 3);
  if (starry !== undefined) {
    throw invalidParameter(exclusionField, `'${starry}' has more than two wildcards`);
  }
  return { mutability, exclusions };
}

export function encryptionFrom(
  given: Checked<typeof encryptionConfiguration> | undefined,
): Encryption {
  const { encryptionType: type = "AES256", kmsKey } = given ?? {};
  return { type, ...(kmsKey && { kmsKey }) };
}
