import { SlipwayError } from "../../errors.ts";
import type { LifecyclePolicy } from "../../lifecycle/policy.ts";
import { entryFor } from "../../lifecycle/policy-map.ts";
import { isRepositoryName } from "../../oci/reference.ts";
import {
  type EcrOf,
  findPlaces,
  type Place,
  type RepositoryScope,
} from "../../retention/places.ts";
import type { WantedPlace } from "../../retention/plan-all.ts";
import { expectedEcrs } from "../expected.ts";
import { overridesOf } from "../flags.ts";
import { load } from "../load.ts";
import type { Asking } from "../world.ts";
import type { ScopeValues } from "./flags.ts";
import { type MappedPolicy, readPolicy, readPolicyMap } from "./policy.ts";

export interface Chosen<P extends Place = Place> {
  readonly places: readonly P[];
  readonly ecrOf: EcrOf;
}

/** A place and the policy wanted there; `undefined` when nobody says which. */
export interface ChosenPlace extends Place {
  readonly policy: LifecyclePolicy | null | undefined;
}

/** The repositories that the flags choose, at every target, and the policy that is wanted at each. */
export async function choosePlaces(
  flags: ScopeValues,
  asking: Asking,
): Promise<Chosen<ChosenPlace>> {
  verifyNames(flags.repository);
  const map = flags.manifest === undefined ? undefined : await readPolicyMap(flags.manifest);
  const policy = flags.policy === undefined ? undefined : await readPolicy(flags.policy);
  const scope = scopeOf(flags, map);
  // A file without an image must do where the repositories are chosen otherwise.
  const image = scope && (flags.repository?.[0] ?? "all-repositories");
  const { request } = await load(overridesOf({ ...flags, image }), flags.config, {
    needsBuild: false,
    imageArgument: "--repository NAME",
  });
  const ecrOf = await expectedEcrs(request, asking);
  const names: RepositoryScope = { kind: "names", names: [request.image] };
  const places = await findPlaces(scope ?? names, request.targets, ecrOf);
  const wanted = flags.remove ? null : (policy ?? request.lifecycle);
  const chosen = places.map((place) => ({
    ...place,
    policy: map ? entryFor(map, place.repository)?.policy : wanted,
  }));
  // A map leaves alone what it does not name, unless it is asked for by name.
  const isOurs = ({ policy: its, unlisted }: ChosenPlace) =>
    !map || flags.repository || its !== undefined || unlisted;
  return { ecrOf, places: chosen.filter(isOurs) };
}

/** As `choosePlaces`, where every place must have a wanted policy. Throws USAGE. */
export async function chooseWanted(
  flags: ScopeValues,
  asking: Asking,
): Promise<Chosen<WantedPlace>> {
  const { places, ecrOf } = await choosePlaces(flags, asking);
  const without = places.find(({ policy, unlisted }) => policy === undefined && !unlisted);
  if (without && flags.manifest !== undefined) {
    throw new SlipwayError(
      "USAGE",
      `no entry of '${flags.manifest}' is for ${without.repository}`,
      {
        suggestions: ["add an entry with match: '*' at its end"],
      },
    );
  }
  if (without) {
    throw new SlipwayError("USAGE", "no policy: neither --policy nor lifecycle in slipway.yaml", {
      suggestions: ["slipway lifecycle plan --policy lifecycle.json --repository NAME"],
    });
  }
  return { ecrOf, places: places.map((place) => ({ ...place, policy: place.policy ?? null })) };
}

function verifyNames(names: readonly string[] = []): void {
  const wrong = names.find((name) => !isRepositoryName(name));
  if (wrong === undefined) return;
  const message = `--repository: expected a repository name such as payments/api: lower case, no host, no tag; found '${wrong}'`;
  throw new SlipwayError("USAGE", message, {
    suggestions: ["--repository payments/api --repository payments/web"],
  });
}

function scopeOf(
  { repository, prefix, all }: ScopeValues,
  map: readonly MappedPolicy[] | undefined,
): RepositoryScope | undefined {
  if (repository) return { kind: "names", names: repository };
  if (prefix !== undefined) return { kind: "prefix", prefix };
  if (all) return { kind: "all" };
  return map && { kind: "patterns", patterns: map.map(({ match }) => match) };
}
