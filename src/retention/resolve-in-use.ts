import { SlipwayError } from "../errors.ts";
import type { InUseImages } from "../lifecycle/guards.ts";
import { parseEcrHost, parseReference, type Reference } from "../oci/reference.ts";
import type { RepositoryFacts } from "./observe.ts";

/** What the references in use mean for one repository. */
export interface ResolvedInUse {
  readonly images: InUseImages;
  /** References to this repository that name no image in it. */
  readonly missing: readonly string[];
}

type Home = Pick<RepositoryFacts, "repository" | "account" | "request" | "uri" | "images">;

/** References that something runs, read once. */
export interface InUse {
  readonly byRepository: ReadonlyMap<string, readonly NamedReference[]>;
  /** What is no reference at all, and protects nothing. */
  readonly unreadable: readonly string[];
}

interface NamedReference {
  readonly text: string;
  readonly reference: Reference;
}

export function parseInUse(references: readonly string[]): InUse {
  const unreadable: string[] = [];
  const found = references.flatMap((text): readonly NamedReference[] => {
    const reference = readReference(text);
    if (reference) return [{ text, reference }];
    unreadable.push(text);
    return [];
  });
  const byRepository = Map.groupBy(found, ({ reference }) => reference.repository);
  return { byRepository, unreadable };
}

/** A reference by tag and digest means the digest; one by neither means `latest`, as docker reads it. */
export function resolveInUse({ byRepository }: InUse, home: Home): ResolvedInUse {
  const here = (byRepository.get(home.repository) ?? []).filter((one) => isAt(one, home));
  const images = new Map<string, string>();
  const missing: string[] = [];
  if (here.length === 0) return { images, missing };
  const digests = new Set(home.images.map(({ digest }) => digest));
  const byTag = new Map(
    home.images.flatMap(({ digest, tags }) => tags.map((tag) => [tag, digest])),
  );
  for (const { text, reference } of here) {
    const { digest, tag = "latest" } = reference;
    const found = digest === undefined ? byTag.get(tag) : digest;
    if (found !== undefined && digests.has(found)) images.set(found, text);
    else missing.push(text);
  }
  return { images, missing };
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
function isAt({ reference }: NamedReference, { account, request, uri }: Home): boolean {
  const { host, repository } = reference;
  if (host === undefined) return true;
  const ecr = parseEcrHost(host);
  if (ecr) return ecr.account === account && ecr.region === request.region;
  return uri === `${host}/${repository}`;
}
