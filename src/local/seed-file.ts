import { isRepositoryName, isTag } from "../oci/reference.ts";
import { keptPolicy } from "./control/policy-refusal.ts";
import { isObject, readJsonFile, wrong } from "./json.ts";
import type { TagMutability } from "./mutability.ts";
import { Refusal } from "./refusal.ts";

/** What a local ECR holds from the start. */
export interface Seed {
  readonly repositories: readonly SeedRepository[];
}

export interface SeedRepository {
  readonly name: string;
  readonly account?: string;
  readonly region?: string;
  readonly mutability?: TagMutability;
  readonly exclusions?: readonly string[];
  readonly resourceTags?: Readonly<Record<string, string>>;
  /** As text; a file may hold it as JSON. */
  readonly lifecyclePolicy?: string;
  readonly images?: readonly SeedImage[];
}

export interface SeedImage {
  readonly tags?: readonly string[];
  /** Days since the push. */
  readonly ageDays?: number;
  readonly pulledDaysAgo?: number;
  /** Of the layer of each platform. */
  readonly bytes?: number;
  /** `linux/arm64/v8`; more than one make an index. */
  readonly platforms?: readonly string[];
}

type Check = (value: unknown) => boolean;
type Checks = Readonly<Record<string, Check>>;

const text: Check = (value) => typeof value === "string";
const number: Check = (value) => Number.isFinite(value) && (value as number) >= 0;
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const matches =
  (form: RegExp): Check =>
  (value) =>
    typeof value === "string" && form.test(value);

const repositoryChecks: Checks = {
  name: (value) => typeof value === "string" && isRepositoryName(value),
  account: matches(/^\d{12}$/),
  region: matches(/^[a-z]+(?:-[a-z0-9]+)+$/),
  mutability: matches(/^(?:IM)?MUTABLE(?:_WITH_EXCLUSION)?$/),
  exclusions: list(text),
  resourceTags: (value) => isObject(value) && Object.values(value).every(text),
  lifecyclePolicy: (value) => isObject(value) || text(value),
  images: list(isObject),
};

/** 52,000 MiB (ECR user guide, service quotas). More is a slip, and would fill the disk before anybody could stop it. */
const largestLayer = 52_000 * 2 ** 20;

const imageChecks: Checks = {
  tags: list((value) => typeof value === "string" && isTag(value)),
  ageDays: number,
  pulledDaysAgo: number,
  bytes: (value) => number(value) && (value as number) <= largestLayer,
  platforms: list(matches(/^[a-z0-9]+\/[a-z0-9]+(?:\/[a-z0-9]+)?$/)),
};

/** A seed from a JSON file. Throws USAGE, naming what is wrong. */
export function readSeed(file: string): Seed {
  const value = readJsonFile("the seed", file);
  const repositories = isObject(value) ? value.repositories : undefined;
  if (!Array.isArray(repositories)) throw wrong(file, "has no list of 'repositories'");
  const places = new Map<string, string>();
  return {
    repositories: repositories.map((one, at) => {
      const place = `${file}, repository ${at + 1},`;
      const repository = repositoryFrom(one, place);
      const { account = "", region = "", name } = repository;
      const key = `${account}/${region}/${name}`;
      const before = places.get(key);
      // Its images would be left out without a word, as those of a repository that is there already.
      if (before)
        throw wrong(place, `is ${JSON.stringify(name)} once more, as repository ${before}`);
      places.set(key, String(at + 1));
      return repository;
    }),
  };
}

function repositoryFrom(value: unknown, place: string): SeedRepository {
  if (!isObject(value) || value.name === undefined) throw wrong(place, "has no 'name'");
  verifyFields(value, repositoryChecks, place);
  const repository = value as unknown as SeedRepository;
  repository.images?.forEach((image, at) => {
    verifyFields(image as Record<string, unknown>, imageChecks, `${place} image ${at + 1},`);
  });
  const policy = policyFrom(value.lifecyclePolicy, place);
  return { ...repository, ...(policy !== undefined && { lifecyclePolicy: policy }) };
}

function policyFrom(value: unknown, place: string): string | undefined {
  if (value === undefined) return undefined;
  try {
    return keptPolicy(typeof value === "string" ? value : JSON.stringify(value));
  } catch (error) {
    if (error instanceof Refusal)
      throw wrong(place, `has a lifecycle policy that ECR refuses: ${error.message}`);
    throw error;
  }
}

function verifyFields(value: Record<string, unknown>, checks: Checks, place: string): void {
  for (const [name, field] of Object.entries(value)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (!check) throw wrong(place, `has '${name}', expected ${Object.keys(checks).join(", ")}`);
    if (!check(field))
      throw wrong(place, `has a '${name}' that cannot be one: ${JSON.stringify(field)}`);
  }
}
