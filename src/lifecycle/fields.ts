import { isObject, list, object } from "../loose.ts";
import { nearestWord, showValue } from "../wording.ts";
import {
  type MistakePlace,
  type PolicyMistake,
  type PolicyMistakeCode,
  policyMistake,
} from "./grammar.ts";

/** What one property may hold, before its neighbours are looked at. */
type Field = { readonly required?: boolean } & (
  | { readonly kind: "object" | "list" | "text" | "texts" | "number" }
  | { readonly kind: "word"; readonly words: readonly string[] }
);

type Fields = Readonly<Record<string, Field>>;

const topFields: Fields = { rules: { kind: "list", required: true } };

const ruleFields: Fields = {
  rulePriority: { kind: "number", required: true },
  description: { kind: "text" },
  selection: { kind: "object", required: true },
  action: { kind: "object", required: true },
};

const selectionFields: Fields = {
  tagStatus: { kind: "word", required: true, words: ["tagged", "untagged", "any"] },
  tagPatternList: { kind: "texts" },
  tagPrefixList: { kind: "texts" },
  storageClass: { kind: "word", words: ["standard", "archive"] },
  countType: {
    kind: "word",
    required: true,
    words: ["imageCountMoreThan", "sinceImagePushed", "sinceImagePulled", "sinceImageTransitioned"],
  },
  countUnit: { kind: "word", words: ["days"] },
  countNumber: { kind: "number", required: true },
};

const actionFields: Fields = {
  type: { kind: "word", required: true, words: ["expire", "transition"] },
  targetStorageClass: { kind: "word", words: ["archive"] },
};

/** The stage that looks at each property alone: names, presence, types, words, ranges. */
export function checkFields(document: unknown): PolicyMistake[] {
  const mistakes = checkObject(document, topFields, { path: [] });
  const rules = list(object(document).rules);
  return [...mistakes, ...rules.flatMap(checkRule)];
}

/** Where rule number `index` stands, and which it is when its priority can be read. */
export function placeOfRule(rule: unknown, index: number): MistakePlace {
  const priority = isObject(rule) ? rule.rulePriority : undefined;
  return { path: ["rules", index], ...(isCount(priority) && { rule: priority }) };
}

function checkRule(rule: unknown, index: number): PolicyMistake[] {
  const place = placeOfRule(rule, index);
  const own = checkObject(rule, ruleFields, place);
  if (!isObject(rule)) return own;
  const parts = [
    ["selection", selectionFields],
    ["action", actionFields],
  ] as const;
  const inner = parts.flatMap(([name, fields]) =>
    isObject(rule[name]) ? checkObject(rule[name], fields, below(place, name)) : [],
  );
  return [...own, ...inner];
}

function below(place: MistakePlace, name: string | number): MistakePlace {
  return { ...place, path: [...place.path, name] };
}

function checkObject(value: unknown, fields: Fields, place: MistakePlace): PolicyMistake[] {
  if (!isObject(value)) {
    return [policyMistake("wrong-type", place, `expected an object, found ${showValue(value)}`)];
  }
  const unknown = Object.keys(value)
    .filter((name) => !Object.hasOwn(fields, name))
    .map((name) => unknownProperty(name, fields, place));
  const known = Object.entries(fields).flatMap(([name, field]) =>
    checkField(value[name], field, below(place, name)),
  );
  return [...unknown, ...known];
}

function unknownProperty(name: string, fields: Fields, place: MistakePlace): PolicyMistake {
  const names = Object.keys(fields);
  const nearest = nearestWord(name, names);
  const hint = nearest ? `did you mean '${nearest}'?` : `known are ${names.join(", ")}`;
  return policyMistake(
    "unknown-property",
    below(place, name),
    `unknown property '${name}', ${hint}`,
  );
}

function checkField(value: unknown, field: Field, place: MistakePlace): PolicyMistake[] {
  const name = String(place.path.at(-1));
  const expected = isTooLarge(value, field)
    ? `a whole number of at most ${Number.MAX_SAFE_INTEGER}`
    : expectation(field);
  if (value === undefined) {
    if (!field.required) return [];
    return [policyMistake("missing", place, `${name} is missing, expected ${expected}`)];
  }
  if (value === null) {
    return [policyMistake("null-value", place, `${name} is null, expected ${expected}`)];
  }
  const code = misfit(value, field);
  const message = `${name} is ${showValue(value)}, expected ${expected}`;
  if (code !== undefined) return [policyMistake(code, place, message)];
  return field.kind === "texts" ? checkTexts(value as readonly unknown[], place) : [];
}

function misfit(value: unknown, field: Field): PolicyMistakeCode | undefined {
  if (!hasType(value, field.kind)) return "wrong-type";
  if (isTooLarge(value, field)) return "number-too-large";
  if (field.kind === "number" && !isCount(value)) return "number-too-small";
  if (field.kind === "word" && !field.words.some((word) => word === value)) return "unknown-word";
  return undefined;
}

function isTooLarge(value: unknown, { kind }: Field): boolean {
  return kind === "number" && Number.isInteger(value) && Number(value) > Number.MAX_SAFE_INTEGER;
}

function hasType(value: unknown, kind: Field["kind"]): boolean {
  switch (kind) {
    case "object":
      return isObject(value);
    case "list":
    case "texts":
      return Array.isArray(value);
    case "text":
    case "word":
      return typeof value === "string";
    case "number":
      return typeof value === "number";
  }
}

function expectation(field: Field): string {
  switch (field.kind) {
    case "object":
      return "an object";
    case "list":
      return "a list";
    case "texts":
      return "a list of texts";
    case "text":
      return "a text";
    case "number":
      return "a whole number of at least 1";
    case "word":
      return field.words.join(" or ");
  }
}

function checkTexts(texts: readonly unknown[], place: MistakePlace): PolicyMistake[] {
  const name = String(place.path.at(-1));
  if (texts.length === 0) {
    return [policyMistake("list-empty", place, `${name} is empty, expected at least one entry`)];
  }
  return texts.flatMap((text, index) => {
    const here = below(place, index);
    if (typeof text !== "string") {
      const found = `${name} holds ${showValue(text)}, expected a text`;
      return [policyMistake(text === null ? "null-value" : "wrong-type", here, found)];
    }
    if (text === "") {
      return [policyMistake("list-empty", here, `${name} holds an empty text, expected a tag`)];
    }
    return [];
  });
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}
