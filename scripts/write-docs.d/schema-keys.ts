import { stringify } from "yaml";

/** What this page reads of JSON Schema. */
export interface SchemaPart {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly string[];
  readonly anyOf?: readonly SchemaPart[];
  readonly items?: SchemaPart;
  readonly properties?: Readonly<Record<string, SchemaPart>>;
}

export interface DescribedKey {
  /** `build.secrets[].id` */
  readonly key: string;
  readonly type: string;
  readonly preset?: string;
  readonly about: string;
  /** YAML, each as one would write it below the key's parent. */
  readonly examples: readonly string[];
}

/** A key of the file and all that are below it, in the schema's order. */
export function keysOf(key: string, part: SchemaPart): readonly DescribedKey[] {
  const own = isSection(part) ? [] : [describe(key, part)];
  return [...own, ...below(key, part)];
}

function isSection({ properties, anyOf }: SchemaPart): boolean {
  return properties !== undefined && anyOf === undefined;
}

function below(key: string, part: SchemaPart): readonly DescribedKey[] {
  const { path, properties } = objectIn(key, part) ?? { path: key, properties: {} };
  // A lifecycle policy has a grammar of its own, which AWS describes.
  if (key === "lifecycle") return [];
  return Object.entries(properties).flatMap(([name, inner]) => keysOf(`${path}.${name}`, inner));
}

type Found = { readonly path: string; readonly properties: Readonly<Record<string, SchemaPart>> };

/** The object that this value is, may be, or holds a list of. */
function objectIn(path: string, part: SchemaPart): Found | undefined {
  const { properties, items, anyOf = [] } = part;
  if (properties !== undefined) return { path, properties };
  if (items !== undefined) return objectIn(`${path}[]`, items);
  const found = anyOf.flatMap((option) => objectIn(path, option) ?? []);
  return found.find((one) => one.path !== path) ?? found[0];
}

function describe(key: string, part: SchemaPart): DescribedKey {
  const { description = "" } = part;
  const name = key.split(".").at(-1) ?? key;
  return {
    key,
    type: [...new Set(typesOf(part))].join(" or "),
    ...(part.default !== undefined && { preset: flow(part.default) }),
    about: description.replace(/\.$/, ""),
    examples: examplesOf(part).map((example) => `${name}: ${flow(example)}`),
  };
}

function typesOf({ type, enum: words, anyOf, items, properties }: SchemaPart): string[] {
  if (words !== undefined) return [words.join(", ")];
  if (anyOf !== undefined) return anyOf.flatMap(typesOf);
  if (items !== undefined) return [listOf(items)];
  if (properties !== undefined) return ["object"];
  const [first = ""] = typeof type === "string" ? [type] : (type ?? []);
  return [{ string: "text", boolean: "true or false", object: "names and values" }[first] ?? first];
}

/** Words of their own stay as they are typed. */
function listOf(items: SchemaPart): string {
  if (items.anyOf || items.properties) return "list";
  return items.enum === undefined ? `list of ${typesOf(items)}s` : `list of ${typesOf(items)}`;
}

/** A value that differs from the default tells more than the default again. */
function examplesOf({
  examples,
  enum: words,
  type,
  default: preset,
}: SchemaPart): readonly unknown[] {
  if (examples !== undefined) return examples.slice(0, 2);
  if (type === "boolean") return [preset !== true];
  if (words !== undefined) return words.filter((word) => word !== preset).slice(-1);
  return [];
}

function flow(value: unknown): string {
  return stringify(value, { collectionStyle: "flow", lineWidth: 0, flowCollectionPadding: true })
    .trim()
    .replaceAll(/\[ (.*?) \]/g, "[$1]");
}
