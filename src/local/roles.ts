import { SlipwayError } from "../errors.ts";

/** The roles that may be assumed, by ARN, and what each wants to be told. */
export type Roles = Readonly<Record<string, { readonly externalId?: string }>>;

/** Reads `ARN` or `ARN=EXTERNAL_ID` for each role. Throws USAGE. */
export function parseRoles(texts: readonly string[]): Roles {
  return Object.fromEntries(texts.map(parseRole));
}

function parseRole(text: string): [string, Roles[string]] {
  const [, arn, externalId] =
    /^(arn:aws[a-z-]*:iam::\d{12}:role\/[^=\s]+)(?:=(.+))?$/.exec(text) ?? [];
  if (arn !== undefined) return [arn, externalId === undefined ? {} : { externalId }];
  throw new SlipwayError("USAGE", `'${text}' is not a role's ARN, or ARN=EXTERNAL_ID`, {
    suggestions: ["arn:aws:iam::123456789012:role/release"],
  });
}
