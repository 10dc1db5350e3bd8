import { type BuildSpec, directoriesOf, sourcesOf } from "../docker/build-spec.ts";
import type { GitFacts } from "../git/repository.ts";
import { observeTargets } from "./observe.ts";
import type { TargetFacts } from "./observed.ts";
import {
  annotationsOf,
  inputsAnnotation,
  inputsOf,
  revisionAnnotation,
} from "./planning/identity.ts";
import { chooseSubject, knownVersions } from "./planning/subject.ts";
import { compareVersions, isPrerelease } from "./planning/version.ts";
import type { Request } from "./request.ts";
import type { World } from "./world.ts";

/** An image that is left out, because its last release was made from what is here. */
export interface Unchanged {
  readonly image: string;
  /** The release that it was compared with. */
  readonly version: string;
  /** The commit which that release was built from. */
  readonly commit: string;
}

export interface Changes {
  readonly changed: readonly Request[];
  readonly unchanged: readonly Unchanged[];
}

/**
 * Tells the images whose inputs are others than those of their last release from the rest. The last release is the
 * highest version below the one that is wanted, at the first target; prereleases count only for a prerelease. It says
 * itself from which inputs it was built: the same build of its commit must give the same digest, and git must know
 * no change of what is built since. Whatever cannot be told counts as changed. Throws as `observe`.
 */
export async function chooseChanged(requests: readonly Request[], world: World): Promise<Changes> {
  const seen = await Promise.all(requests.map((request) => unchangedSince(request, world)));
  return {
    changed: requests.filter((_, at) => seen[at] === undefined),
    unchanged: seen.flatMap((one) => one ?? []),
  };
}

async function unchangedSince(request: Request, world: World): Promise<Unchanged | undefined> {
  const [git, targets] = await Promise.all([
    world.git.observe(request.tags.gitPrefix),
    observeTargets(request, world),
  ]);
  const { subject } = chooseSubject(request, git, targets);
  const [first] = targets;
  if (subject === undefined || first === undefined || git.worktree !== null) return undefined;
  const last = lastRelease(request, first, subject.version);
  const built = last && (await builtFrom(request, first, last.tag, world));
  if (last === undefined || built === undefined || request.rebuild) return undefined;
  const { commit, inputs } = built;
  if (inputs !== inputsOf(request.build, request.image, asOf(git, commit)).digest) return undefined;
  const isSame = (await world.git.changedSince(commit, pathsOf(request.build))) === false;
  return isSame ? { image: request.image, version: last.version, commit } : undefined;
}

/** The highest version below the wanted one, with its tag. */
function lastRelease(
  request: Pick<Request, "tags">,
  target: Pick<TargetFacts, "images">,
  wanted: string,
): { readonly version: string; readonly tag: string } | undefined {
  const [last] = [...knownVersions(request, target)]
    .map(([version, tag]) => ({ version, tag }))
    .filter(({ version }) => compareVersions(version, wanted) < 0)
    .filter(({ version }) => isPrerelease(wanted) || !isPrerelease(version))
    .toSorted((a, b) => compareVersions(b.version, a.version));
  return last;
}

/** What a release says of the commit and the inputs it was built from; `undefined` when it was not built by us. */
async function builtFrom(
  { image }: Request,
  { request, account }: TargetFacts,
  tag: string,
  world: World,
): Promise<{ readonly commit: string; readonly inputs: string } | undefined> {
  const id = { name: image, registryId: account };
  const [manifest] = await world.ecr(request).manifests(id, [{ tag }]);
  const annotations = manifest ? annotationsOf(manifest) : {};
  const { [inputsAnnotation]: inputs, [revisionAnnotation]: commit } = annotations;
  return inputs === undefined || commit === undefined ? undefined : { commit, inputs };
}

function asOf({ worktree }: GitFacts, commit: string): Pick<GitFacts, "commit" | "worktree"> {
  return { commit, worktree };
}

/** Everything of the project that a build reads: a named context that is no address is a directory of it. */
function pathsOf(spec: BuildSpec): readonly string[] {
  const files = sourcesOf(spec).flatMap(({ dockerfile }) => [
    dockerfile,
    // BuildKit takes it before the context's own .dockerignore.
    `${dockerfile}.dockerignore`,
  ]);
  return [...directoriesOf(spec), ...new Set(files)];
}
