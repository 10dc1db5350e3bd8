import { type BuildSpec, fitsBake } from "../../docker/build-spec.ts";
import type { RegistryAuth } from "../../docker/registry-auth.ts";

/** A build, and who it is at the registries that it pulls from. */
export interface KnownBuild {
  readonly spec: BuildSpec;
  readonly auth: readonly RegistryAuth[];
}

/**
 * The builds that go together in one call of buildx: a call has one builder and one login to each registry, so its builds
 * must agree on the builder and on the logins of the registries they share. A build that bake cannot express goes alone.
 * Pure.
 */
export function groupBuilds<Build extends KnownBuild>(builds: readonly Build[]): Build[][] {
  const groups: Build[][] = [];
  for (const build of builds) {
    const group = groups.find((others) => others.every((other) => goTogether(build, other)));
    if (group) group.push(build);
    else groups.push([build]);
  }
  return groups;
}

function goTogether(one: KnownBuild, other: KnownBuild): boolean {
  if (!fitsBake(one.spec) || !fitsBake(other.spec)) return false;
  if (one.spec.builder !== other.spec.builder) return false;
  return one.auth.every(({ host, username, password }) => {
    const theirs = other.auth.find((known) => known.host === host);
    return theirs === undefined || (theirs.username === username && theirs.password === password);
  });
}

/** The logins of a group, one a registry. */
export function authOf(group: readonly KnownBuild[]): readonly RegistryAuth[] {
  return [...new Map(group.flatMap(({ auth }) => auth).map((one) => [one.host, one])).values()];
}
