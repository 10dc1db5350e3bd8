import { invalidParameter } from "../refusal.ts";
import { saveSettings } from "../state.ts";
import { type Operations, operation } from "./call.ts";
import { shape, text } from "./shape.ts";

/** The first value is that of a fresh account. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutAccountSetting.html */
const settings: Readonly<Record<string, readonly [string, ...string[]]>> = {
  BASIC_SCAN_TYPE_VERSION: ["AWS_NATIVE"],
  BLOB_MOUNTING: ["DISABLED", "ENABLED"],
  REGISTRY_POLICY_SCOPE: ["V2"],
};

export const accountSettingOperations: Operations = {
  GetAccountSetting: operation(shape({ name: text({ min: 1, max: 64 }) }), async (input, call) => {
    const { settings: kept } = await call.registryOf();
    const [first] = valuesOf(input.name);
    return { name: input.name, value: kept.account[input.name] ?? first };
  }),

  PutAccountSetting: operation(
    shape({ name: text({ min: 1, max: 64 }), value: text({ min: 1, max: 64 }) }),
    async ({ name, value }, call) => {
      const registry = await call.registryOf();
      if (!valuesOf(name).includes(value)) {
        throw invalidParameter("value", `Member must satisfy enum value set: [${valuesOf(name)}]`);
      }
      saveSettings(registry, { account: { ...registry.settings.account, [name]: value } });
      return { name, value };
    },
  ),
};

function valuesOf(name: string): readonly [string, ...string[]] {
  const values = Object.hasOwn(settings, name) ? settings[name] : undefined;
  if (values) return values;
  const names = Object.keys(settings).join(", ");
  throw invalidParameter("name", `Member must satisfy enum value set: [${names}]`);
}
