import { invalidParameter, Refusal } from "../refusal.ts";

/** Turns a JSON value into what a field should be, or refuses it as ECR does. `at` is the field's path. */
export type Check<T> = (value: unknown, at: string) => T;

export type Checked<C> = C extends Check<infer T> ? T : never;

type Fields = Readonly<Record<string, Check<unknown>>>;
type Shape<F extends Fields> = { readonly [Key in keyof F]: Checked<F[Key]> };

interface TextLimits {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: RegExp;
}

/** A string; lengths in characters, the pattern for the whole of it. */
export function text({
  min = 0,
  max = Number.POSITIVE_INFINITY,
  pattern,
}: TextLimits = {}): Check<string> {
  return (value, at) => {
    if (typeof value !== "string") throw wrongType(value, at, "STRING_VALUE");
    verifyWithin("length", value.length, { min, max, at });
    if (pattern && !pattern.test(value)) {
      const form = pattern.source.replace(/^\^|\$$/g, "");
      throw invalidParameter(at, `must satisfy regular expression '${form}'`);
    }
    return value;
  };
}

function verifyWithin(
  what: "length" | "value",
  size: number,
  { min, max, at }: { readonly min: number; readonly max: number; readonly at: string },
): void {
  if (size < min) {
    throw invalidParameter(at, `Member must have ${what} greater than or equal to ${min}`);
  }
  if (size > max) {
    throw invalidParameter(at, `Member must have ${what} less than or equal to ${max}`);
  }
}

export function oneOf<const T extends string>(values: readonly T[]): Check<T> {
  return (value, at) => {
    if (typeof value !== "string") throw wrongType(value, at, "STRING_VALUE");
    const found = values.find((known) => known === value);
    if (found !== undefined) return found;
    throw invalidParameter(at, `Member must satisfy enum value set: [${values.join(", ")}]`);
  };
}

export function integer(min: number, max: number): Check<number> {
  return (value, at) => {
    if (typeof value !== "number") throw wrongType(value, at, "NUMBER_VALUE");
    if (!Number.isInteger(value)) throw wrongType(value, at, "INTEGER_VALUE");
    verifyWithin("value", value, { min, max, at });
    return value;
  };
}

export const flag: Check<boolean> = (value, at) => {
  if (typeof value !== "boolean") throw wrongType(value, at, "BOOLEAN_VALUE");
  return value;
};

export function list<T>(of: Check<T>, min: number, max: number): Check<readonly T[]> {
  return (value, at) => {
    if (!Array.isArray(value)) throw wrongType(value, at, "LIST_VALUE");
    verifyWithin("length", value.length, { min, max, at });
    return value.map((entry, index) => of(entry, `${at}.${index + 1}.member`));
  };
}

/** `null` counts as absent, as the SDKs' serializers treat it. */
export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, at) => (value === undefined || value === null ? undefined : check(value, at));
}

/** An object of these fields; others are ignored, as the service ignores what it does not know. */
export function shape<F extends Fields>(fields: F): Check<Shape<F>> {
  return (value, at) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw wrongType(value, at, "STRUCTURE_VALUE");
    }
    const given = value as Record<string, unknown>;
    const entries = Object.entries(fields).map(([name, check]): [string, unknown] => {
      const entry = Object.hasOwn(given, name) ? given[name] : undefined;
      return [name, check(entry, at === "" ? name : `${at}.${name}`)];
    });
    return Object.fromEntries(entries) as Shape<F>;
  };
}

function wrongType(value: unknown, at: string, wanted: string): Refusal {
  if (value === undefined || value === null) return invalidParameter(at, "must not be null");
  return new Refusal("SerializationException", `${at || "the request"} is not a ${wanted}`);
}
