import type { Ecr, Repository } from "../ecr/types.ts";
import { isFailure, SlipwayError } from "../errors.ts";
import { compilePattern } from "../lifecycle/select.ts";
import { eachOf } from "../oci/parallel.ts";
import type { TargetRequest } from "../release/request.ts";

/** Which repositories of a registry: by name, by the start of their names, or by patterns with `*`. */
export type RepositoryScope =
  | { readonly kind: "names"; readonly names: readonly string[] }
  | { readonly kind: "prefix"; readonly prefix: string }
  | { readonly kind: "patterns"; readonly patterns: readonly string[] }
  | { readonly kind: "all" };

type Listed = Exclude<RepositoryScope, { kind: "names" }>;

/** One repository at one target. */
export interface Place {
  readonly repository: string;
  readonly request: TargetRequest;
  /** What ECR said of it when the repositories were listed. */
  readonly listed?: Repository;
  /** Why the repositories of the target could not be listed: the place stands for all of them. */
  readonly unlisted?: SlipwayError;
}

/** The name of a place that stands for all repositories of its target. */
export const everyRepository = "*";

export type EcrOf = (target: TargetRequest) => Ecr;

/** Repositories that are looked at or written at the same time. */
const placesAtOnce = 16;

/**
 * The repositories of the scope at every target, by name within each; named ones need not exist. A target that cannot be
 * listed is one place, at which all work fails, as long as another one can. Throws NOT_FOUND when a prefix or patterns fit
 * none: a slip in them must not pass for a registry where all is well.
 */
export async function findPlaces(
  scope: RepositoryScope,
  targets: readonly TargetRequest[],
  ecrOf: EcrOf,
): Promise<readonly Place[]> {
  if (scope.kind === "names") {
    const names = [...new Set(scope.names)];
    return targets.flatMap((request) => names.map((repository) => ({ repository, request })));
  }
  const isChosen = chooser(scope);
  const found = await Promise.all(targets.map((request) => listPlaces(request, isChosen, ecrOf)));
  const places = found.flat();
  if (places.length === 0) verifyEvery(scope, targets);
  const [first] = places;
  if (first?.unlisted && found.every(([one]) => one?.unlisted)) throw first.unlisted;
  return places;
}

async function listPlaces(
  request: TargetRequest,
  isChosen: (name: string) => boolean,
  ecrOf: EcrOf,
): Promise<readonly Place[]> {
  try {
    const repositories = await ecrOf(request).repositories(request.account);
    return repositories
      .filter(({ name }) => isChosen(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((listed) => ({ repository: listed.name, request, listed }));
  } catch (error) {
    if (!isFailure(error)) throw error;
    return [{ repository: everyRepository, request, unlisted: error }];
  }
}

/** Of a registry without repositories all are nothing; any other choice asks for some. */
function verifyEvery(scope: Listed, targets: readonly TargetRequest[]): void {
  if (scope.kind === "all") return;
  const wanted = scope.kind === "patterns" ? scope.patterns : [`${scope.prefix}*`];
  if (wanted.includes("*")) return;
  const names = wanted.map((pattern) => `'${pattern}'`).join(" or ");
  const message = `no repository at ${targets.map(placeId).join(", ")} has a name like ${names}`;
  throw new SlipwayError("NOT_FOUND", message);
}

function chooser(scope: Listed): (name: string) => boolean {
  switch (scope.kind) {
    case "all":
      return () => true;
    case "prefix":
      return (name) => name.startsWith(scope.prefix);
    case "patterns": {
      const tests = scope.patterns.map(compilePattern);
      return (name) => tests.some((fits) => fits(name));
    }
  }
}

/** A place where the work failed, while the others went on. */
export interface PlaceFailure {
  readonly id: string;
  /** `*` for all of a registry that could not be listed. */
  readonly repository: string;
  readonly code: string;
  readonly message: string;
  readonly suggestions: readonly string[];
}

export interface AtPlaces<T> {
  /** By registry, as everywhere, and in the order of the places within each. */
  readonly results: readonly T[];
  readonly failures: readonly PlaceFailure[];
}

/**
 * Does the work at every place, some at once. What fails at one place is told beside the results; only
 * an interruption, and what is no failure of the outside, ends the whole.
 */
export async function atPlaces<P extends Place, T extends { readonly id: string }>(
  places: readonly P[],
  work: (place: P) => Promise<T>,
  report: (done: number, total: number) => void = () => {},
): Promise<AtPlaces<T>> {
  const results = new Map<number, T>();
  const failures = new Map<number, PlaceFailure>();
  await eachOf([...places.entries()], placesAtOnce, async ([at, place]) => {
    try {
      if (place.unlisted) throw place.unlisted;
      results.set(at, await work(place));
    } catch (error) {
      if (!isFailure(error)) throw error;
      failures.set(at, failureOf(place, error));
    }
    report(results.size + failures.size, places.length);
  });
  return { results: inOrder(results), failures: inOrder(failures) };
}

function inOrder<T extends { readonly id: string }>(found: ReadonlyMap<number, T>): readonly T[] {
  const byPlace = [...found].sort(([a], [b]) => a - b).map(([, value]) => value);
  return byPlace.sort((a, b) => (a.id === b.id ? 0 : a.id < b.id ? -1 : 1));
}

function failureOf({ repository, request }: Place, error: SlipwayError): PlaceFailure {
  const { code, message, suggestions } = error;
  return { id: placeId(request), repository, code, message, suggestions };
}

/** `123456789012/eu-west-1`; without the account when only AWS knows it. */
export function placeId({ account, region }: TargetRequest): string {
  return account === undefined ? region : `${account}/${region}`;
}
