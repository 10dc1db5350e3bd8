import * as z from "zod/mini";
import { showValue } from "../wording.ts";

/** What an editor shows about a field; it goes into the published JSON Schema. */
export interface About {
  readonly description: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
}

interface TextOptions {
  readonly form?: RegExp;
  readonly fits?: (text: string) => boolean;
  /** For texts that look like numbers, which YAML users leave unquoted and editors would refuse. */
  readonly numberLike?: boolean;
}

/** The whole sentence about a value that does not fit; every message of the schema has this form. */
function misfit(expected: string) {
  return {
    error: (issue: { input?: unknown }) => `expected ${expected}, found ${showValue(issue.input)}`,
  };
}

/** What the JSON Schema says of a field beside its type. */
function about({ description, examples, default: preset }: About) {
  return z.meta({
    description,
    ...(examples && { examples: [...examples] }),
    ...(preset !== undefined && { default: preset }),
  });
}

/**
 * A text that is not empty. `form` goes into the JSON Schema as well; what `fits` alone refuses, an editor does not
 * see.
 */
export function text(expected: string, facts: About, options: TextOptions = {}) {
  const { form, fits = () => true, numberLike = false } = options;
  const isFit = (found: string) => found !== "" && (form?.test(found) ?? true) && fits(found);
  return z.string(misfit(expected)).check(
    z.refine(isFit, misfit(expected)),
    about(facts),
    z.meta({
      ...(form ? { pattern: form.source } : { minLength: 1 }),
      ...(numberLike && { type: ["string", "number"] }),
    }),
  );
}

export function yesOrNo(facts: About) {
  return z.boolean(misfit("true or false")).check(about(facts));
}

export function oneOf<const Word extends string>(words: readonly Word[], facts: About) {
  return z.enum(words, misfit(`one of ${words.join(", ")}`)).check(about(facts));
}

/** A list, which may be empty. */
export function list<Item extends z.ZodMiniType>(expected: string, item: Item, facts: About) {
  return z.array(item, misfit(expected)).check(about(facts));
}

/** A list of one at the least. */
export function fullList<Item extends z.ZodMiniType>(expected: string, item: Item, facts: About) {
  const wanted = `${expected}, at least one`;
  return z.array(item, misfit(wanted)).check(z.minLength(1, misfit(wanted)), about(facts));
}

/** One of several types; where none fits, the message is about `expected` and not about each of them. */
export function either<Options extends readonly [z.ZodMiniType, ...z.ZodMiniType[]]>(
  expected: string,
  options: Options,
  facts: About,
) {
  return z.union(options, misfit(expected)).check(about(facts));
}

/** Names and their values, each value a text; numbers and booleans are taken as they were written. */
export function textMap(expected: string, name: RegExp, facts: About) {
  const value = z.union([z.string(), z.number(), z.boolean()], misfit("a text"));
  const key = z.string().check(z.regex(name, misfit("such a name")));
  return z.record(key, value, misfit(expected)).check(about(facts));
}

/**
 * An object of exactly these fields. The message of an unknown key is not a sentence but the known
 * keys: what it was probably meant to be is found where the mistakes are worded.
 */
export function fields<Shape extends Record<string, z.ZodMiniType>>(
  expected: string,
  shape: Shape,
  facts: About,
) {
  const known = Object.keys(shape).join(" ");
  const { error } = misfit(expected);
  const message = (issue: { code?: string | undefined; input?: unknown }) =>
    issue.code === "unrecognized_keys" ? known : error(issue);
  return z.strictObject(shape, { error: message }).check(about(facts));
}
