import * as z from "zod/mini";
import { policyJsonSchema } from "../lifecycle/json-schema.ts";
import { fileSchema } from "./schema.ts";

interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** The JSON Schema of slipway.yaml, for editors; it is published as `slipway.schema.json`. */
export function jsonSchema(): JsonSchema {
  const { $schema, ...schema } = z.toJSONSchema(fileSchema, {
    target: "draft-7",
    io: "input",
  }) as JsonSchema;
  return { $schema, title: "slipway.yaml", ...withPolicy(schema) };
}

/** The library knows a policy as any object; its grammar is its own. */
function withPolicy(schema: JsonSchema): JsonSchema {
  const properties = schema.properties as Readonly<Record<string, JsonSchema>>;
  const lifecycle = properties.lifecycle as { readonly anyOf: readonly JsonSchema[] };
  const anyOf = [lifecycle.anyOf[0], policyJsonSchema];
  return { ...schema, properties: { ...properties, lifecycle: { ...lifecycle, anyOf } } };
}
