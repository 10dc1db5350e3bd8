import { Refusal } from "../refusal.ts";
import { type Registry, saveSettings } from "../state.ts";
import { type Operations, operation } from "./call.ts";
import { verifyPolicyDocument } from "./policy-document.ts";
import { shape, text } from "./shape.ts";

/** A registry's policy is kept and given back; nobody is refused by it. */
export const registryPolicyOperations: Operations = {
  PutRegistryPolicy: operation(
    shape({ policyText: text({ max: 10_240 }) }),
    async ({ policyText }, call) => {
      const registry = await call.registryOf();
      verifyPolicyDocument(policyText, "registry");
      saveSettings(registry, { policy: policyText });
      return { registryId: registry.account, policyText };
    },
  ),

  GetRegistryPolicy: operation(shape({}), async (_, call) => {
    const registry = await call.registryOf();
    return { registryId: registry.account, policyText: policyOf(registry) };
  }),

  DeleteRegistryPolicy: operation(shape({}), async (_, call) => {
    const registry = await call.registryOf();
    const policyText = policyOf(registry);
    saveSettings(registry, { policy: undefined });
    return { registryId: registry.account, policyText };
  }),
};

function policyOf({ settings, account }: Registry): string {
  if (settings.policy !== undefined) return settings.policy;
  throw new Refusal(
    "RegistryPolicyNotFoundException",
    `Registry policy does not exist in the registry with id '${account}'`,
  );
}
