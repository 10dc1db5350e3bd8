import { invalidParameter } from "../refusal.ts";
import { type Secret, seal, unseal } from "../signed.ts";

interface PageRequest {
  readonly maxResults?: number | undefined;
  readonly nextToken?: string | undefined;
}

interface Listing<T> {
  readonly secret: Secret;
  /** What is listed, and by which filter: a token of another listing is refused. */
  readonly scope: string;
  /** In the order of their keys. */
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken?: string;
}

/** A page goes on after the last one's last key, so that what is deleted or pushed in between shifts nothing. */
export function pageOf<T>(
  listing: Listing<T>,
  { maxResults = 100, nextToken }: PageRequest,
): Page<T> {
  const { secret, scope, items, keyOf } = listing;
  const after = nextToken === undefined ? undefined : unseal(secret, `page ${scope}`, nextToken);
  if (nextToken !== undefined && typeof after !== "string") {
    throw invalidParameter("NextToken", "Invalid next token");
  }
  const rest = typeof after === "string" ? items.filter((item) => keyOf(item) > after) : items;
  const page = rest.slice(0, maxResults);
  const last = page.at(-1);
  const isLast = last === undefined || rest.length === page.length;
  return { items: page, ...(!isLast && { nextToken: seal(secret, `page ${scope}`, keyOf(last)) }) };
}

/** A number as a key that sorts as the number does. */
export function numberKey(value: number): string {
  return String(value).padStart(12, "0");
}
