import type { Ecr, ImageId, RepositoryId } from "../ecr/types.ts";
import { SlipwayError } from "../errors.ts";
import type { Digest } from "../oci/reference.ts";
import { accountProblem, strangerProblem } from "./accounts.ts";
import type { HeldManifest, Observed, TargetFacts } from "./observed.ts";
import { annotationsOf } from "./planning/identity.ts";
import { planRelease } from "./planning/plan-release.ts";
import { runnableOf } from "./planning/same-image.ts";
import { chooseSubject, type Subject } from "./planning/subject.ts";
import type { Problem } from "./problem.ts";
import type { Request, TargetRequest } from "./request.ts";
import type { World } from "./world.ts";

/**
 * Reads what the planner must know, everything once and side by side; docker is asked only when the plan
 * needs a build. Throws what the outside answers: ACCESS_DENIED, CREDENTIALS_MISSING, GIT_FAILED …
 */
export async function observe(request: Request, world: World): Promise<Observed> {
  const [git, seen] = await Promise.all([
    world.git.observe(request.tags.gitPrefix),
    observeTargets(request, world),
  ]);
  const { subject } = chooseSubject(request, git, seen);
  const without = { git, targets: seen, layout: null, buildProblems: [] };
  if (subject === undefined) return without;
  const layout = await world.layouts.find(subject.inputs.digest);
  const digest = layout?.root.digest;
  const targets = await Promise.all(
    seen.map((facts) => withHeld(facts, request.image, subject, digest, world)),
  );
  const observed = { ...without, targets, layout: digest ? { digest } : null };
  const { steps } = planRelease(request, observed);
  if (!steps.some(({ action }) => action === "build")) return observed;
  return { ...observed, buildProblems: await world.docker.problems(request.build) };
}

/** All targets without the manifests under the wanted tags. Throws CONFIG_INVALID when two of them are one registry. */
export async function observeTargets(
  request: Pick<Request, "targets" | "image" | "lifecycle" | "expectAccounts">,
  world: Pick<World, "ecr">,
): Promise<TargetFacts[]> {
  const seen = await Promise.all(
    request.targets.map((target) => observeTarget(target, request, world)),
  );
  const ids = seen.map(({ id }) => id).sort();
  const twice = ids.find((id, at) => id === ids[at + 1]);
  if (twice)
    throw new SlipwayError("CONFIG_INVALID", `two targets are the same registry, ${twice}`);
  return seen.sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function observeTarget(
  target: TargetRequest,
  request: Parameters<typeof observeTargets>[0],
  world: Pick<World, "ecr">,
): Promise<TargetFacts> {
  const { expectAccounts = [] } = request;
  const unseen = async (refused: Problem) =>
    unseenAt(target, refused, await callerAt(target, world));
  const wrong = await accountProblem(target, expectAccounts, world);
  if (wrong) return await unseen(wrong);
  try {
    return await readTarget(target, request, world);
  } catch (error) {
    const stranger = await strangerProblem(target, error, world);
    const problem = stranger ?? permissionProblem(target, error);
    if (problem) return await unseen(problem);
    throw error;
  }
}

async function callerAt(target: TargetRequest, { ecr }: Pick<World, "ecr">): Promise<string> {
  return (await ecr(target).identity()).account;
}

async function readTarget(
  target: TargetRequest,
  { image, lifecycle }: Parameters<typeof observeTargets>[0],
  world: Pick<World, "ecr">,
): Promise<TargetFacts> {
  const ecr = world.ecr(target);
  const id = { name: image, ...(target.account !== undefined && { registryId: target.account }) };
  const [repository, images, policy] = await Promise.all([
    ecr.repository(id),
    ecr.taggedImages(id),
    lifecycle ? readPolicy(ecr, id) : noPolicy,
  ]);
  const account = repository?.registryId ?? target.account ?? (await callerAt(target, world));
  const { region } = target;
  return {
    id: `${account}/${region}`,
    account,
    region,
    request: target,
    repository: repository ?? null,
    images,
    held: [],
    policy: policy.text ?? null,
    ...(policy.unread !== undefined && { policyUnread: policy.unread }),
  };
}

const noPolicy: ReadPolicy = {};

interface ReadPolicy {
  readonly text?: string;
  readonly unread?: string;
}

/** A release may go on without knowing the policy in place: putting the wanted one is the same either way. */
async function readPolicy(ecr: Ecr, id: RepositoryId): Promise<ReadPolicy> {
  try {
    const text = await ecr.lifecyclePolicy(id);
    return text === undefined ? {} : { text };
  } catch (error) {
    const unread = missingPermission(error)?.message;
    if (unread === undefined) throw error;
    return { unread };
  }
}

/** The tags in a registry decide what a release does: without leave to read them there is no plan. */
function permissionProblem(
  { account, region }: TargetRequest,
  error: unknown,
): Problem | undefined {
  const missing = missingPermission(error);
  if (missing === undefined) return undefined;
  const { action, resource } = missing.permission;
  return {
    code: "PERMISSION_MISSING",
    ...(account !== undefined && { target: `${account}/${region}` }),
    message: missing.message,
    remedy: `allow ${action} on ${resource} to this principal (docs/permissions.md)`,
  };
}

function missingPermission(error: unknown) {
  if (!(error instanceof SlipwayError) || error.permission === undefined) return undefined;
  return { message: error.message, permission: error.permission };
}

/** A target that is not asked for anything. */
function unseenAt(request: TargetRequest, refused: Problem, caller: string): TargetFacts {
  const { region, account = caller } = request;
  const nothing = { repository: null, images: [], held: [], policy: null };
  return { id: `${account}/${region}`, account, region, request, refused, ...nothing };
}

/** Looks into the images under the version and commit tags, to learn what they were built from. */
async function withHeld(
  facts: TargetFacts,
  image: string,
  subject: Subject,
  layout: Digest | undefined,
  world: Pick<World, "ecr">,
): Promise<TargetFacts> {
  if (facts.repository === null) return facts;
  const id = { name: image, registryId: facts.account };
  const names = subject.tags.flatMap(({ kind, tag }) =>
    kind === "version" || kind === "commit" ? [tag] : [],
  );
  const tagged = new Set(
    facts.images.flatMap(({ status, tags }) => (status === "ACTIVE" ? tags : [])),
  );
  const wanted: ImageId[] = names.filter((tag) => tagged.has(tag)).map((tag) => ({ tag }));
  if (layout !== undefined) wanted.push({ digest: layout });
  return { ...facts, held: await readHeld(id, wanted, facts.request, world) };
}

async function readHeld(
  id: RepositoryId,
  wanted: readonly ImageId[],
  target: TargetRequest,
  world: Pick<World, "ecr">,
): Promise<HeldManifest[]> {
  if (wanted.length === 0) return [];
  const found = await world.ecr(target).manifests(id, wanted);
  return found.map((manifest) => ({
    digest: manifest.digest,
    ...(manifest.tag !== undefined && { tag: manifest.tag }),
    annotations: annotationsOf(manifest),
    runs: runnableOf(manifest),
  }));
}
