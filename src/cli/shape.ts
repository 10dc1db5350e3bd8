/** Says of a value, at its path, what is wrong with it; nothing where it is as it should be. */
export type Shape = (value: unknown, path: string) => string | undefined;

type Fields = Readonly<Record<string, Shape>>;

function expecting(isGood: (value: unknown) => boolean, what: string): Shape {
  return (value, path) => (isGood(value) ? undefined : `${path || "it"} is not ${what}`);
}

export const text = expecting((value) => typeof value === "string", "a text");
export const flag = expecting((value) => typeof value === "boolean", "true or false");
export const count = expecting(
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  "a count",
);
export const share = expecting(
  (value) => typeof value === "number" && value >= 0 && value <= 1,
  "a share from 0 to 1",
);
export const anything: Shape = () => undefined;

export function matching(pattern: RegExp, what: string): Shape {
  return expecting((value) => typeof value === "string" && pattern.test(value), what);
}

export function oneOf(...words: readonly string[]): Shape {
  return expecting((value) => words.includes(value as string), `one of ${words.join(", ")}`);
}

export function maybe(shape: Shape): Shape {
  return (value, path) => (value === undefined ? undefined : shape(value, path));
}

export function orNull(shape: Shape): Shape {
  return (value, path) => (value === null ? undefined : shape(value, path));
}

export function listOf(shape: Shape): Shape {
  return (value, path) => {
    if (!Array.isArray(value)) return `${path || "it"} is not a list`;
    return firstOf(value.keys(), (at) => shape(value[at], `${path}[${at}]`));
  };
}

export function mapOf(shape: Shape): Shape {
  return (value, path) =>
    isMap(value)
      ? firstOf(Object.keys(value), (name) => shape(value[name], joined(path, name)))
      : `${path || "it"} is not an object`;
}

/** The fields that are named; what else there is may be of a newer slipway. */
export function objectOf(fields: Fields): Shape {
  return (value, path) =>
    isMap(value)
      ? firstOf(Object.keys(fields), (name) => fields[name]?.(value[name], joined(path, name)))
      : `${path || "it"} is not an object`;
}

/** One of several kinds of object, told apart by a field. */
export function kindOf(field: string, kinds: Readonly<Record<string, Fields>>): Shape {
  const known = oneOf(...Object.keys(kinds));
  return (value, path) => {
    if (!isMap(value)) return `${path} is not an object`;
    const kind = value[field];
    return known(kind, joined(path, field)) ?? objectOf(kinds[kind as string] ?? {})(value, path);
  };
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function joined(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function firstOf<T>(all: Iterable<T>, look: (one: T) => string | undefined): string | undefined {
  for (const one of all) {
    const wrong = look(one);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
