import type { Ecr, FoundManifest, RepositoryId } from "../ecr/types.ts";
import { SlipwayError } from "../errors.ts";
import type { GitFacts } from "../git/repository.ts";
import type { Digest } from "../oci/reference.ts";
import { accountProblem, strangerProblem } from "./accounts.ts";
import { askBuilderEarly } from "./builder-early.ts";
import { observeBases } from "./declared-base.ts";
import { type Answer, answered, answeredAtHome, deniedOf, permissionProblem } from "./denied.ts";
import { foresee, nothingForeseen } from "./foreseen.ts";
import { readGiven } from "./given-layouts.ts";
import { withBases } from "./held-bases.ts";
import { observeJudged } from "./judged.ts";
import { observeMounting } from "./mounting.ts";
import type {
  AssumedRepository,
  HeldManifest,
  LeftOutTarget,
  Observed,
  TargetFacts,
} from "./observed.ts";
import {
  type Advice,
  type Attempt,
  allAnswered,
  chooseTargets,
  inOrder,
  leftOutOf,
  othersFirst,
  unknownAccount,
  whyUnreached,
} from "./only-target.ts";
import { annotationsOf } from "./planning/identity.ts";
import { joinGiven } from "./planning/layouts.ts";
import { runnableOf } from "./planning/same-image.ts";
import { chooseSubject, type Subject } from "./planning/subject.ts";
import { isFixed } from "./planning/tags.ts";
import { askedFor, summariesOf, tagsToAsk } from "./planning/unlisted.ts";
import type { Problem } from "./problem.ts";
import type { Request, TargetRequest } from "./request.ts";
import { rolledBackAt } from "./rolled-back.ts";
import type { World } from "./world.ts";

/**
 * Reads what the planner must know, everything once and side by side; docker's answers count only when the plan
 * needs a build. Throws what the outside answers: ACCESS_DENIED, CREDENTIALS_MISSING, GIT_FAILED …
 */
export async function observe(request: Request, world: World): Promise<Observed> {
  const observedGit = world.git.observe(request.tags.gitPrefix);
  void askBuilderEarly(request, observedGit, world);
  const [git, { targets: seen, leftOut }, given] = await Promise.all([
    observedGit,
    observeChosen(request, world),
    readGiven(request.layouts),
  ]);
  const { subject } = chooseSubject(request, git, [...seen, ...leftOut.map(({ facts }) => facts)]);
  const without = { git, targets: seen, leftOut, given, layout: null, ...nothingForeseen };
  if (subject === undefined) return without;
  const layout = given.length > 0 ? undefined : await world.layouts.find(subject.inputs.digest);
  const digest = layout?.root.digest;
  const wanted = joinGiven(request, subject, without).content?.digest ?? digest;
  const bases = observeBases(request.build, given, world);
  const look = (facts: TargetFacts) => withHeld(facts, request, git, subject, wanted, world);
  const targets = await Promise.all(
    seen.map(async (facts) => {
      const [known, judged, mounting] = await Promise.all([
        look(facts),
        observeJudged(facts, request, world),
        bases.then((names) => observeMounting(facts, request, names, world)),
      ]);
      return { ...known, ...judged, ...mounting };
    }),
  );
  const observed = {
    ...without,
    targets,
    leftOut: await Promise.all(leftOut.map((one) => lookedInto(one, look))),
    layout: digest ? { digest } : null,
  };
  return { ...observed, ...(await foresee(request, observed, world)) };
}

async function lookedInto(
  target: LeftOutTarget,
  look: (facts: TargetFacts) => Promise<TargetFacts>,
): Promise<LeftOutTarget> {
  try {
    return leftOutOf({ ...target, facts: await look(target.facts) });
  } catch (error) {
    return { ...target, unreached: whyUnreached(error) };
  }
}

/**
 * All targets without the manifests under the wanted tags. Where a principal may not list or describe, nothing
 * is known: `refused`. Throws CONFIG_INVALID when two of them are one registry.
 */
export async function observeTargets(
  request: TargetsRequest,
  world: Pick<World, "ecr">,
  advice?: Advice,
): Promise<TargetFacts[]> {
  return (await lookAtTargets(request, world, advice)).map(undeniedOf);
}

/** A target that may not be listed or described is `refused`. */
export function undeniedOf(facts: TargetFacts): TargetFacts {
  const denied = facts.undescribed ?? facts.unlisted;
  if (denied === undefined) return facts;
  return unseenAt(facts.request, permissionProblem(denied, facts.id), facts.account);
}

export type TargetsRequest = Pick<Request, "targets" | "image" | "lifecycle" | "expectAccounts">;

/** As `observeTargets`, with what can be seen where not everything may be asked. */
async function lookAtTargets(
  request: TargetsRequest,
  world: Pick<World, "ecr">,
  advice?: Advice,
): Promise<TargetFacts[]> {
  const looking = request.targets.map((target) => observeTarget(target, request, world));
  return inOrder(allAnswered(await Promise.allSettled(looking), advice), ({ id }) => id);
}

async function observeChosen(
  request: Request,
  world: Pick<World, "ecr">,
): Promise<Pick<Observed, "targets" | "leftOut">> {
  const { onlyTargets } = request;
  if (onlyTargets.length === 0) {
    return { targets: await lookAtTargets(request, world, othersFirst), leftOut: [] };
  }
  const seen = await Promise.all(request.targets.map((target) => attempt(target, request, world)));
  return chooseTargets(seen, onlyTargets);
}

/** One target, with what keeps it from answering where it does not. */
export async function attempt(
  target: TargetRequest,
  request: TargetsRequest,
  world: Pick<World, "ecr">,
): Promise<Attempt> {
  try {
    return { facts: await observeTarget(target, request, world) };
  } catch (error) {
    const account = target.account ?? (await callerAt(target, world).catch(() => unknownAccount));
    return { facts: unseenAt(target, undefined, account), unreached: whyUnreached(error), error };
  }
}

async function observeTarget(
  target: TargetRequest,
  request: TargetsRequest,
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
    const problem = await refusalOf(target, error, world);
    if (problem) return await unseen(problem);
    throw error;
  }
}

async function callerAt(target: TargetRequest, { ecr }: Pick<World, "ecr">): Promise<string> {
  return (await ecr(target).identity()).account;
}

async function readTarget(
  target: TargetRequest,
  { image, lifecycle }: TargetsRequest,
  world: Pick<World, "ecr">,
): Promise<TargetFacts> {
  const ecr = world.ecr(target);
  const id = { name: image, ...(target.account !== undefined && { registryId: target.account }) };
  const [described, listed, policy] = await Promise.all([
    answeredAtHome(ecr.repository(id), target, world),
    answeredAtHome(ecr.taggedImages(id), target, world),
    answered(lifecycle ? ecr.lifecyclePolicy(id) : Promise.resolve(undefined)),
  ]);
  const repository = described.denied ? await assumedRepository(id, ecr) : described.answer;
  const account = repository?.registryId ?? target.account ?? (await callerAt(target, world));
  const { region } = target;
  return {
    id: `${account}/${region}`,
    account,
    region,
    request: target,
    repository: repository ?? null,
    ...(described.denied && { undescribed: described.denied }),
    ...(listed.denied ? { images: [], unlisted: listed.denied } : { images: listed.answer }),
    held: [],
    ...policyFacts(policy),
  };
}

/** A release may go on without it: putting the wanted one is the same either way. */
function policyFacts(asked: Answer<string | undefined>) {
  if (asked.denied) return { policy: null, policyUnread: asked.denied.message };
  return { policy: asked.answer ?? null };
}

/**
 * The caller's own repository where it may not be described: it exists when a read by tag succeeds, whatever
 * is under that tag, and its address begins as the registry's, which comes with a token.
 */
async function assumedRepository(
  id: RepositoryId,
  ecr: Ecr,
): Promise<AssumedRepository | undefined> {
  try {
    await ecr.manifests(id, [{ tag: "latest", ifActive: true }]);
  } catch (error) {
    if (error instanceof SlipwayError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
  const [{ origin }, { account }] = await Promise.all([ecr.token(), ecr.identity()]);
  return { registryId: account, uri: `${new URL(origin).host}/${id.name}` };
}

/** Why a target that would not answer is out of the plan; `undefined` when nobody forbade it. */
export async function refusalOf(
  target: TargetRequest,
  error: unknown,
  world: Pick<World, "ecr">,
): Promise<Problem | undefined> {
  const { account, region } = target;
  const id = account === undefined ? undefined : `${account}/${region}`;
  const denied = deniedOf(error);
  return (await strangerProblem(target, error, world)) ?? (denied && permissionProblem(denied, id));
}

/** A target that is not asked for anything. */
function unseenAt(
  request: TargetRequest,
  refused: Problem | undefined,
  caller: string,
): TargetFacts {
  const { region, account = caller } = request;
  const nothing = { repository: null, images: [], held: [], policy: null };
  return {
    id: `${account}/${region}`,
    account,
    region,
    request,
    ...(refused && { refused }),
    ...nothing,
  };
}

/**
 * Looks into the images under the version and commit tags, to learn what they were built from, and at the same
 * time for what a rollback holds.
 */
async function withHeld(
  facts: TargetFacts,
  request: Request,
  git: GitFacts,
  subject: Subject,
  layout: Digest | undefined,
  world: World,
): Promise<TargetFacts> {
  if (facts.repository === null) return facts;
  const id = { name: request.image, registryId: facts.account };
  const tags = facts.unlisted ? tagsToAsk(request, git, subject) : fixedTagsThere(facts, subject);
  const wanted = askedFor(tags, subject.tags);
  if (layout !== undefined) wanted.push({ digest: layout });
  const rolledBackIn = async (known: TargetFacts) =>
    await rolledBackAt(known, subject.tags, [subject.version], request, world);
  try {
    const [found, early] = await Promise.all([
      wanted.length > 0 ? world.ecr(facts.request).manifests(id, wanted) : [],
      facts.unlisted ? undefined : rolledBackIn(facts),
    ]);
    const images = facts.unlisted ? summariesOf(found) : facts.images;
    const known = { ...facts, images, held: found.map(heldManifest) };
    const rolledBack = early ?? (await rolledBackIn(known));
    return { ...(await withBases(known, subject, world)), rolledBack };
  } catch (error) {
    const problem = await refusalOf(facts.request, error, world);
    if (problem === undefined) throw error;
    return unseenAt(facts.request, { ...problem, target: facts.id }, facts.account);
  }
}

function fixedTagsThere({ images }: TargetFacts, { tags }: Subject): string[] {
  const there = new Set(images.flatMap(({ status, tags }) => (status === "ACTIVE" ? tags : [])));
  return tags.filter((wanted) => isFixed(wanted) && there.has(wanted.tag)).map(({ tag }) => tag);
}

function heldManifest(manifest: FoundManifest): HeldManifest {
  return {
    digest: manifest.digest,
    ...(manifest.tag !== undefined && { tag: manifest.tag }),
    annotations: annotationsOf(manifest),
    runs: runnableOf(manifest),
  };
}
