import { invalidParameter } from "../refusal.ts";
import type { ReplicationRule } from "../registry-settings.ts";
import { destinationsOf } from "../replication.ts";
import { type Registry, registryKey, saveSettings } from "../state.ts";
import { type Operations, operation, placeOf } from "./call.ts";
import { imageId, inRepository } from "./fields.ts";
import { imageById } from "./images.ts";
import { list, oneOf, optional, shape, text } from "./shape.ts";

/** The beginning of a repository's name (ECR API reference, RepositoryFilter). */
const prefix = text({
  min: 2,
  max: 256,
  pattern: /^(?:[a-z0-9]+(?:[._-][a-z0-9]*)*\/)*[a-z0-9]*(?:[._-][a-z0-9]*)*$/,
});
const rule = shape({
  destinations: list(
    shape({
      region: text({ min: 2, max: 25, pattern: /^[0-9a-z-]{2,25}$/ }),
      registryId: text({ pattern: /^[0-9]{12}$/ }),
    }),
    0,
    100,
  ),
  repositoryFilters: optional(
    list(shape({ filter: prefix, filterType: oneOf(["PREFIX_MATCH"]) }), 1, 100),
  ),
});

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html */
export const replicationOperations: Operations = {
  PutReplicationConfiguration: operation(
    shape({ replicationConfiguration: shape({ rules: list(rule, 0, 25) }) }),
    async (input, call) => {
      const registry = await call.registryOf();
      const replication = input.replicationConfiguration.rules.map(
        ({ destinations, repositoryFilters = [] }) => ({
          destinations,
          prefixes: (repositoryFilters ?? []).map(({ filter }) => filter),
        }),
      );
      verifyElsewhere(registry, replication);
      saveSettings(registry, { replication });
      return { replicationConfiguration: describe(replication) };
    },
  ),

  DescribeRegistry: operation(shape({}), async (_, call) => {
    const { account, settings } = await call.registryOf();
    return { registryId: account, replicationConfiguration: describe(settings.replication) };
  }),

  DescribeImageReplicationStatus: operation(
    shape({ ...inRepository, imageId }),
    async (input, call) => {
      const { state, registry, repository } = await placeOf(call, input);
      const { digest } = imageById(registry, repository, input.imageId);
      const destinations = destinationsOf(registry.settings.replication, repository.name);
      return {
        repositoryName: repository.name,
        imageId: input.imageId,
        // What was pushed before the rule never goes there: no status would ever change.
        replicationStatuses: destinations.flatMap((destination) => {
          const { region, registryId } = destination;
          if (call.isReplicating(digest, destination)) {
            return [{ region, registryId, status: "IN_PROGRESS" }];
          }
          const there = state.registries.get(registryKey(registryId, region));
          const isThere = there?.repositories.get(repository.name)?.images.has(digest) ?? false;
          return isThere ? [{ region, registryId, status: "COMPLETE" }] : [];
        }),
      };
    },
  ),
};

function verifyElsewhere({ account, region }: Registry, rules: readonly ReplicationRule[]): void {
  const here = rules.some(({ destinations }) =>
    destinations.some((one) => one.region === region && one.registryId === account),
  );
  if (!here) return;
  throw invalidParameter(
    "replicationConfiguration",
    "Replication destination cannot be the same as the source registry",
  );
}

function describe(rules: readonly ReplicationRule[]): object {
  return {
    rules: rules.map(({ destinations, prefixes }) => ({
      destinations,
      ...(prefixes.length > 0 && {
        repositoryFilters: prefixes.map((filter) => ({ filter, filterType: "PREFIX_MATCH" })),
      }),
    })),
  };
}
