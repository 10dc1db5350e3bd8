import { SlipwayError } from "../errors.ts";
import { parseEcrHost, parseReference, type Reference } from "../oci/reference.ts";
import type { RepositoryFacts } from "./observe.ts";

/** What the references in use mean for one repository. */
export interface ResolvedInUse {
  /** The reference by which each image is known to be in use. */
  readonly images: ReadonlyMap<string, string>;
  /** References to this repository that name no image in it. */
  readonly missing: readonly string[];
}

type Home = Pick<RepositoryFacts, "repository" | "account" | "request" | "uri" | "images">;

/** A reference by tag and digest means the digest; one by neither means `latest`, as docker reads it. */
export function resolveInUse(references: readonly string[], home: Home): ResolvedInUse {
  const images = new Map<string, string>();
  const missing: string[] = [];
  for (const text of references) {
    const reference = readReference(text);
    if (!reference || !isAt(reference, home)) continue;
    const { digest, tag = "latest" } = reference;
    const found = home.images.find((image) =>
      digest === undefined ? image.tags.includes(tag) : image.digest === digest,
    );
    if (found) images.set(found.digest, text);
    else missing.push(text);
  }
  return { images, missing };
}

/** The references that cannot be read at all, which protect nothing. */
export function unreadableReferences(references: readonly string[]): readonly string[] {
  return references.filter((text) => readReference(text) === undefined);
}

function readReference(text: string): Reference | undefined {
  try {
    return parseReference(text);
  } catch (error) {
    if (error instanceof SlipwayError) return undefined;
    throw error;
  }
}

/** One registry has several host names (dual-stack, FIPS); a reference without a host means any registry. */
function isAt(
  { host, repository }: Reference,
  { repository: name, account, request, uri }: Home,
): boolean {
  if (repository !== name) return false;
  if (host === undefined) return true;
  const ecr = parseEcrHost(host);
  if (ecr) return ecr.account === account && ecr.region === request.region;
  return uri === `${host}/${repository}`;
}
