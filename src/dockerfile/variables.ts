/** Names and what is known of their values; `null` is a name that is declared and has no value in the file. */
export type Scope = ReadonlyMap<string, string | null>;

const reference = /\\\$|\$(?:\{(\w+)(?:(:?[-+])([^}]*))?\}|(\w+))/g;

/**
 * The text with its variables replaced, as BuildKit does it (docs.docker.com/reference/dockerfile,
 * "Environment replacement"); `undefined` when a value is needed that the file does not tell.
 */
export function expand(text: string, scope: Scope): string | undefined {
  let isKnown = true;
  const expanded = text.replace(reference, (whole, braced, operator, word = "", bare) => {
    if (whole === "\\$") return "$";
    const value = valueFor(scope.get(braced ?? bare) ?? undefined, operator, word);
    if (value === undefined) isKnown = false;
    return value ?? "";
  });
  if (!isKnown) return undefined;
  // A default may hold variables of its own, and the scope has their values by now.
  return expanded !== text && /\$\{?\w/.test(expanded) ? expand(expanded, scope) : expanded;
}

function valueFor(value: string | undefined, operator: string | undefined, word: string) {
  if (operator?.endsWith("-")) {
    return value === undefined || (operator === ":-" && value === "") ? word : value;
  }
  if (operator?.endsWith("+")) return value ? word : "";
  return value;
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
