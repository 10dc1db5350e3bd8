import * as z from "zod/mini";
import { either, oneOf } from "./fields.ts";

const modeWords = ["on", "warn", "off"] as const;

/** YAML 1.1 tools write `on` and `off` as truth values. */
export const switched = either(
  "on, warn or off",
  [oneOf(modeWords, { description: "Whether it refuses." }), z.boolean()],
  {
    description: "on: its errors refuse a release; warn: it only reports; off: it does not look.",
    examples: ["warn"],
    default: "on",
  },
);

/** A gate that needs no settings may have them: `contents: warn`, or an object. */
export function switchedOr<Settings extends z.ZodMiniType>(
  settings: Settings,
  description: string,
) {
  return z.optional(
    either("on, warn, off or an object", [settings, switched], {
      description,
      examples: ["warn"],
    }),
  );
}
