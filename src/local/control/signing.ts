import { Refusal } from "../refusal.ts";
import type { SigningRule } from "../registry-settings.ts";
import { type Registry, saveSettings } from "../state.ts";
import { type Operations, operation, placeOf } from "./call.ts";
import { imageId, inRepository } from "./fields.ts";
import { imageById } from "./images.ts";
import { list, oneOf, optional, shape, text } from "./shape.ts";

const rule = shape({
  signingProfileArn: text({
    max: 200,
    pattern: /^arn:aws(-[a-z]+)*:signer:[a-z0-9-]+:[0-9]{12}:\/signing-profiles\/[a-zA-Z0-9_]{2,}$/,
  }),
  repositoryFilters: optional(
    list(
      shape({
        filter: text({
          min: 1,
          max: 256,
          pattern: /^(?:[a-z0-9*]+(?:[._-][a-z0-9*]+)*\/)*[a-z0-9*]+(?:[._-][a-z0-9*]+)*$/,
        }),
        filterType: oneOf(["WILDCARD_MATCH"]),
      }),
      1,
      100,
    ),
  ),
});

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/managed-signing.html */
export const signingOperations: Operations = {
  PutSigningConfiguration: operation(
    shape({ signingConfiguration: shape({ rules: list(rule, 0, 10) }) }),
    async (input, call) => {
      const registry = await call.registryOf();
      const signing = input.signingConfiguration.rules.map(
        ({ signingProfileArn, repositoryFilters }) => ({
          profileArn: signingProfileArn,
          filters: (repositoryFilters ?? []).map(({ filter }) => filter),
        }),
      );
      verifyRegion(registry, signing);
      saveSettings(registry, { signing });
      return { signingConfiguration: describe(signing) };
    },
  ),

  GetSigningConfiguration: operation(shape({}), async (_, call) => {
    const registry = await call.registryOf();
    return { registryId: registry.account, signingConfiguration: describe(rulesOf(registry)) };
  }),

  DeleteSigningConfiguration: operation(shape({}), async (_, call) => {
    const registry = await call.registryOf();
    const rules = rulesOf(registry);
    saveSettings(registry, { signing: undefined });
    return { registryId: registry.account, signingConfiguration: describe(rules) };
  }),

  DescribeImageSigningStatus: operation(
    shape({ ...inRepository, imageId }),
    async (input, call) => {
      const { registry, repository } = await placeOf(call, input);
      const image = imageById(registry, repository, input.imageId);
      const { imageTag } = input.imageId;
      return {
        registryId: registry.account,
        repositoryName: repository.name,
        imageId: { imageDigest: image.digest, ...(imageTag !== undefined && { imageTag }) },
        signingStatuses: call.signingStatesOf(registry, repository, image),
      };
    },
  ),
};

function rulesOf({ settings, account }: Registry): readonly SigningRule[] {
  if (settings.signing !== undefined) return settings.signing;
  throw new Refusal(
    "SigningConfigurationNotFoundException",
    `Signing configuration does not exist in the registry with id '${account}'`,
  );
}

/** "Signing profiles must be in the same region as your Amazon ECR registry"; which exception says so is not documented. */
function verifyRegion({ region }: Registry, rules: readonly SigningRule[]): void {
  const other = rules.find(({ profileArn }) => profileArn.split(":")[3] !== region);
  if (other === undefined) return;
  throw new Refusal(
    "ValidationException",
    `The signing profile '${other.profileArn}' is not in the region ${region}`,
  );
}

function describe(rules: readonly SigningRule[]): object {
  return {
    rules: rules.map(({ profileArn, filters }) => ({
      signingProfileArn: profileArn,
      ...(filters.length > 0 && {
        repositoryFilters: filters.map((filter) => ({ filter, filterType: "WILDCARD_MATCH" })),
      }),
    })),
  };
}
