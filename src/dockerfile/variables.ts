/** Names and what is known of their values; `null` is a name that is declared and has no value in the file. */
export type Scope = ReadonlyMap<string, string | null>;

/** Values are names, versions and paths: one that is longer grows out of itself (`ENV A=$A$A`), and is not known. */
const longestValue = 65_535;
/** How often a word may hold a variable whose word holds one. */
const deepest = 20;

/**
 * The text with its variables replaced, as BuildKit does it (docs.docker.com/reference/dockerfile,
 * "Environment replacement"): the words of a modifier may hold variables too, values are taken as they are. `undefined`
 * when a value is needed that the file does not tell, or a pattern (`${NAME#…}`) takes a part of one.
 */
export function expand(text: string, scope: Scope, depth = 0): string | undefined {
  let expanded = "";
  let at = 0;
  for (const { start, end, name, modifier } of references(text)) {
    const value = name === undefined ? "$" : valueFor(name, modifier, scope, depth);
    if (value === undefined || expanded.length > longestValue) return undefined;
    expanded += text.slice(at, start) + value;
    at = end;
  }
  return expanded + text.slice(at);
}

/** A variable in a text; without a name it is an escaped dollar. */
interface Reference {
  readonly start: number;
  readonly end: number;
  readonly name: string | undefined;
  /** What stands between the name and its closing brace; `{`, which means nothing, where BuildKit finds none and refuses it. */
  readonly modifier: string;
}

function* references(text: string): Generator<Reference> {
  const opening = /\\\$|\$(\w+)|\$\{(\w+)/g;
  for (let match = opening.exec(text); match; match = opening.exec(text)) {
    const [{ length }, bare, braced] = match;
    const named = match.index + length;
    const close = braced === undefined ? named : closingOf(text, named);
    opening.lastIndex = braced === undefined ? named : close + 1;
    const place = { start: match.index, end: opening.lastIndex };
    const modifier = close < text.length || braced === undefined ? text.slice(named, close) : "{";
    yield { ...place, name: bare ?? braced, modifier };
  }
}

/** Where the brace closes that was opened before `start`; the end where it never does. */
function closingOf(text: string, start: number): number {
  let depth = 1;
  for (let at = start; at < text.length; at += 1) {
    if (text.startsWith("${", at)) depth += 1;
    if (text[at] === "}") depth -= 1;
    if (depth === 0) return at;
  }
  return text.length;
}

function valueFor(name: string, modifier: string, scope: Scope, depth: number): string | undefined {
  const value = scope.get(name) ?? undefined;
  if (modifier === "") return value;
  if (depth > deepest) return undefined;
  const [, colon, operator, word = ""] = /^(:?)([-+?])(.*)$/s.exec(modifier) ?? [];
  const isSet = colon ? Boolean(value) : value !== undefined;
  switch (operator) {
    case "-":
      return isSet ? value : expand(word, scope, depth + 1);
    case "+":
      return isSet ? expand(word, scope, depth + 1) : "";
    case "?":
      return value;
  }
  return undefined;
}

/** Arguments that BuildKit sets by itself; which values they have, the build decides. */
export const platformArguments: Scope = new Map(
  ["BUILD", "TARGET"].flatMap((side) => [
    [`${side}PLATFORM`, "linux/amd64"],
    [`${side}OS`, "linux"],
    [`${side}ARCH`, "amd64"],
    [`${side}VARIANT`, ""],
  ]),
);
