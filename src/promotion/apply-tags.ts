import { SlipwayError } from "../errors.ts";
import type { Digest } from "../oci/reference.ts";
import { put } from "../release/applying/apply-tags.ts";
import { applyFloatingTags } from "../release/applying/floating.ts";
import { ecrAt, perform, type StepOf } from "../release/applying/steps.ts";
import { together } from "../release/applying/together.ts";
import { isFixed } from "../release/planning/tags.ts";
import { compareVersions } from "../release/planning/version.ts";
import type { StepOutcome } from "../release/receipt.ts";
import { attachRecord } from "./attach.ts";
import type { Goal, PromotionStep } from "./plan.ts";
import { manifestOf, type Promoting, partOf, versionsIn } from "./promoting.ts";

type TagStep = PromotionStep & StepOf<"tag">;

/**
 * Writes the tags at all targets, phase by phase: what is found beside a digest before the tags that lead to it; fixed
 * ones, named ones, floating ones. Before a tag moves, the image gets a record of where it was. Throws PLAN_STALE
 * when a tag was taken before the first is written, VERSION_TAKEN when another job was quicker after that.
 */
export async function applyTags(promoting: Promoting): Promise<void> {
  const steps = promoting.plan.steps.filter((step): step is TagStep => step.action === "tag");
  const named = steps.filter(({ kind }) => kind === "named");
  const decided = steps.filter((step) => isFixed(step) || named.includes(step));
  await verifyAsPlanned(promoting, decided);
  const [companions, fixed] = partition(
    decided.filter(isFixed),
    ({ kind }) => kind === "companion",
  );
  await together(companions, (step) => write(promoting, step));
  const [claims, rest] = partition(fixed, (step) => isClaim(step, fixed));
  for (const now of [claims, rest]) await together(now, (step) => claim(promoting, step));
  await together(promoting.plan.goals, (goal) => writeNamed(promoting, goal, named));
  const goals = Map.groupBy(promoting.plan.goals, ({ target }) => target);
  const floating = steps.filter((step) => !decided.includes(step));
  await together([...goals.values()], (here) => float(promoting, here, floating));
}

function partition(steps: readonly TagStep[], isFirst: (step: TagStep) => boolean) {
  return [steps.filter(isFirst), steps.filter((step) => !isFirst(step))] as const;
}

/** Of two jobs that promote two images as one version, the first target decides, where ECR locks the tag. */
function isClaim({ image, target }: TagStep, fixed: readonly TagStep[]): boolean {
  const targets = fixed.filter((one) => one.image === image).map((one) => one.target);
  return target === targets.sort()[0];
}

async function claim(promoting: Promoting, step: TagStep): Promise<void> {
  try {
    await write(promoting, step);
  } catch (error) {
    if (!(error instanceof SlipwayError && error.code === "TAG_IMMUTABLE")) throw error;
    throw new SlipwayError("VERSION_TAKEN", error.message, {
      cause: error,
      suggestions: [
        "another job was quicker: the same command again shows what stands where, and what is in the way",
      ],
    });
  }
}

async function write(promoting: Promoting, step: TagStep): Promise<void> {
  const part = partOf(promoting, step.target, [step]);
  const manifest = manifestOf(promoting, step.image as Digest);
  await perform(part, step, () => put(part, step, manifest));
}

async function writeNamed(
  promoting: Promoting,
  goal: Goal,
  named: readonly TagStep[],
): Promise<void> {
  const here = named.filter(({ target, image }) => target === goal.target && image === goal.image);
  const moves = here.flatMap((step): StepOutcome[] =>
    step.from === null ? [] : [{ step, state: "done", ms: 0 }],
  );
  if (moves.length > 0) await attachRecord(promoting, goal, moves);
  await together(here, (step) => write(promoting, step));
}

/** The older version first, so that the newer one has the last word on what both would have. */
async function float(
  promoting: Promoting,
  goals: readonly Goal[],
  steps: readonly TagStep[],
): Promise<void> {
  for (const goal of inVersionOrder(promoting, goals)) {
    const { target, image } = goal;
    const own = steps.filter((step) => step.image === image);
    const root = manifestOf(promoting, image);
    const part = partOf(promoting, target, own, goal);
    await applyFloatingTags(
      part,
      () => root,
      (_, moves) => attachRecord(promoting, goal, moves),
    );
  }
}

function inVersionOrder({ plan }: Promoting, goals: readonly Goal[]): Goal[] {
  const versionOf = ({ image }: Goal) => versionsIn(plan, image).at(-1) ?? "0.0.0";
  return goals.toSorted((a, b) => compareVersions(versionOf(a), versionOf(b)));
}

/** Each tag must be as it was seen, or already where the plan takes it: so that a second run may follow a death. */
async function verifyAsPlanned(promoting: Promoting, steps: readonly TagStep[]): Promise<void> {
  const targets = Map.groupBy(steps, ({ target }) => target);
  const differences = await Promise.all(
    [...targets].map(async ([target, here]) => {
      const { ecr, id } = ecrAt(partOf(promoting, target, here), target);
      const found = await ecr.manifests(
        id,
        here.map(({ tag }) => ({ tag })),
      );
      const now = new Map(found.map(({ tag, digest }) => [tag, digest]));
      return here.flatMap(({ tag, from, image }) => {
        const digest = now.get(tag) ?? null;
        if (digest === from || digest === image) return [];
        return [`  ${target}: tag ${tag} was ${from ?? "free"} and is now ${digest ?? "gone"}`];
      });
    }),
  );
  if (differences.flat().length === 0) return;
  throw new SlipwayError("PLAN_STALE", `the plan is stale:\n${differences.flat().join("\n")}`, {
    suggestions: ["run the same command again: it plans anew, and has sent the content already"],
  });
}
