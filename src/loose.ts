/** An object of JSON or YAML that others wrote: it may hold anything, or nothing. */
export type Loose = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Loose {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as what it is hoped to be; of another kind it counts as empty. */
export function object(value: unknown): Loose {
  return isObject(value) ? value : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function objects(value: unknown): readonly Loose[] {
  return list(value).map(object);
}

export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The object that a text of JSON holds; empty where it holds none. */
export function parseObject(json: string): Loose {
  try {
    return object(JSON.parse(json));
  } catch {
    return {};
  }
}
