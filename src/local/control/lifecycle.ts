import { Refusal } from "../refusal.ts";
import type { LifecycleSetting } from "../repository.ts";
import { commit } from "../state.ts";
import { type Operations, operation, type Place, placeOf, seconds } from "./call.ts";
import { inRepository } from "./fields.ts";
import { keptPolicy } from "./policy-refusal.ts";
import { nameOf } from "./repositories.ts";
import { shape, text } from "./shape.ts";

export const lifecycleOperations: Operations = {
  PutLifecyclePolicy: operation(
    shape({ ...inRepository, lifecyclePolicyText: text({ min: 100, max: 30_720 }) }),
    async (input, call) => {
      const { registry, repository } = await placeOf(call, input);
      const text = keptPolicy(input.lifecyclePolicyText);
      const lifecycle = { text, setAt: call.state.now() };
      commit(registry, repository, [{ did: "set-lifecycle", lifecycle }]);
      return { ...nameOf(registry, repository), lifecyclePolicyText: lifecycle.text };
    },
  ),

  GetLifecyclePolicy: operation(shape(inRepository), async (input, call) => {
    const place = await placeOf(call, input);
    return describe(place, settingOf(place));
  }),

  DeleteLifecyclePolicy: operation(shape(inRepository), async (input, call) => {
    const place = await placeOf(call, input);
    const setting = settingOf(place);
    commit(place.registry, place.repository, [{ did: "set-lifecycle", lifecycle: null }]);
    return describe(place, setting);
  }),
};

/** Throws LifecyclePolicyNotFoundException. */
export function settingOf({ registry, repository }: Place): LifecycleSetting {
  if (repository.lifecycle) return repository.lifecycle;
  throw new Refusal(
    "LifecyclePolicyNotFoundException",
    `Lifecycle policy does not exist for the repository with name '${repository.name}' in the registry with id '${registry.account}'`,
  );
}

/** A policy that was never evaluated was last evaluated at the epoch. */
function describe({ registry, repository }: Place, { text, evaluatedAt = 0 }: LifecycleSetting) {
  return {
    ...nameOf(registry, repository),
    lifecyclePolicyText: text,
    lastEvaluatedAt: seconds(evaluatedAt),
  };
}
