import { Refusal } from "../refusal.ts";
import { commit } from "../state.ts";
import { type Operations, operation, type Place, placeOf } from "./call.ts";
import { inRepository } from "./fields.ts";
import { verifyPolicyDocument } from "./policy-document.ts";
import { nameOf } from "./repositories.ts";
import { flag, optional, shape, text } from "./shape.ts";

/** Policies are kept and given back; nobody is refused by one. */
export const repositoryPolicyOperations: Operations = {
  SetRepositoryPolicy: operation(
    shape({ ...inRepository, policyText: text({ max: 10_240 }), force: optional(flag) }),
    async (input, call) => {
      const place = await placeOf(call, input);
      verifyPolicyDocument(input.policyText, "repository");
      const policy = input.policyText;
      commit(place.registry, place.repository, [{ did: "set-policy", policy }]);
      return describe(place, policy);
    },
  ),

  GetRepositoryPolicy: operation(shape(inRepository), async (input, call) => {
    const place = await placeOf(call, input);
    return describe(place, policyOf(place));
  }),

  DeleteRepositoryPolicy: operation(shape(inRepository), async (input, call) => {
    const place = await placeOf(call, input);
    const policy = policyOf(place);
    commit(place.registry, place.repository, [{ did: "set-policy", policy: null }]);
    return describe(place, policy);
  }),
};

function policyOf({ registry, repository }: Place): string {
  if (repository.policy !== undefined) return repository.policy;
  throw new Refusal(
    "RepositoryPolicyNotFoundException",
    `Repository policy does not exist for the repository with name '${repository.name}' in the registry with id '${registry.account}'`,
  );
}

function describe({ registry, repository }: Place, policyText: string): object {
  return { ...nameOf(registry, repository), policyText };
}
