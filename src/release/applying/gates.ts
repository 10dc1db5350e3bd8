import { unreadyGates } from "../foreseen.ts";
import {
  type GateResult,
  type GateStage,
  type GateSubject,
  type PreviousImages,
  type PreviousRelease,
  stateOf,
} from "../gate.ts";
import { GateRefusal } from "../gate-refusal.ts";
import { canRefuse } from "../planning/plan-gates.ts";
import type { StepOutcome } from "../receipt.ts";
import type { World } from "../world.ts";
import { type PlannedImage, uriOf } from "./image-source.ts";
import { previousImages } from "./previous.ts";
import { refuseProblems } from "./refuse.ts";
import { type Applying, perform, type StepOf } from "./steps.ts";
import { together } from "./together.ts";

export type GateStep = StepOf<"gate">;

/** What the gates do their work with. */
export interface Gating {
  /** Its name, where there are several. */
  readonly image?: string;
  readonly world: Pick<World, "report" | "judge" | "signal">;
  readonly outcomes: StepOutcome[];
  /** Results so far, in the order of the steps. */
  readonly gated: GateResult[];
}

/** A saved plan may be carried out where gates lack what they had where it was made. Throws PLAN_REFUSED. */
export async function checkGates(all: readonly Applying[]): Promise<void> {
  const lacking = await Promise.all(all.map(({ plan, world }) => unreadyGates(plan.steps, world)));
  refuseProblems(lacking.flat());
}

/** Lets the gates that look at the source look, before anything is built. Throws GateRefusal. */
export async function passSource(gating: Gating, steps: readonly GateStep[]): Promise<void> {
  await passAll(gating, atStage(steps, "source"));
}

/** Lets those that look at the built image look; `imagesOf` reads the release that one compares it with. Throws GateRefusal. */
export async function passLayout(
  gating: Gating,
  steps: readonly GateStep[],
  { tree, source }: Pick<PlannedImage, "tree" | "source">,
  imagesOf: ImagesOf = async () => undefined,
): Promise<void> {
  const looking = atStage(steps, "layout");
  if (looking.length === 0) return;
  await passAll(gating, looking, {
    image: { tree, source: await source() },
    ...(await comparedWith(looking, imagesOf)),
  });
}

type ImagesOf = (release: PreviousRelease) => Promise<PreviousImages | undefined>;

async function comparedWith(
  looking: readonly GateStep[],
  imagesOf: ImagesOf,
): Promise<Pick<GateSubject, "before">> {
  const release = looking.find(({ before }) => before)?.before;
  const before = release && (await imagesOf(release));
  return before ? { before } : {};
}

/**
 * Lets the rest look at the targets, where all of the image is under its digest. Looks anew when another image takes
 * its place: what was found of the first is forgotten. Throws GateRefusal.
 */
export async function passPublished(
  applying: Applying,
  steps: readonly GateStep[],
  { tree, root }: Pick<PlannedImage, "tree" | "root">,
): Promise<void> {
  const looking = atStage(steps, "published");
  if (looking.length === 0) return;
  keepOnly(applying.gated, ({ stage }) => stage !== "published");
  keepOnly(applying.outcomes, ({ step }) => !looking.some((one) => one === step));
  const targets = [...applying.targets.values()].map((target) => ({
    id: target.id,
    request: target.request,
    repository: { name: applying.plan.image, registryId: target.account },
    uri: uriOf(target),
    digest: target.digest ?? root.digest,
  }));
  await passAll(applying, looking, {
    published: { tree, targets },
    ...(await comparedWith(looking, (release) => previousImages(applying, release))),
  });
}

function keepOnly<T>(list: T[], isKept: (one: T) => boolean): void {
  list.splice(0, list.length, ...list.filter(isKept));
}

function atStage(steps: readonly GateStep[], stage: GateStage): GateStep[] {
  return steps.filter((step) => step.stage === stage);
}

/** Whether a gate that looks at the image can refuse it: then nothing leaves before it is whole. */
export function mustPassFirst(steps: readonly GateStep[]): boolean {
  return atStage(steps, "layout").some(canRefuse);
}

/** Side by side; all of them end, and then an error that one which is on has found refuses. */
async function passAll(
  gating: Gating,
  steps: readonly GateStep[],
  seen: Omit<GateSubject, "spec"> = {},
): Promise<void> {
  const resultOf = await together(steps, (step) =>
    pass(gating, step, { spec: step.spec, ...seen }),
  );
  const results = steps.map(resultOf);
  gating.gated.push(...results);
  if (results.some(({ state }) => state === "failed"))
    throw new GateRefusal(gating.gated, gating.image);
}

async function pass(gating: Gating, step: GateStep, subject: GateSubject): Promise<GateResult> {
  const { gate, mode, skipped } = step.wish;
  const { stage } = step;
  const began = performance.now();
  let result: GateResult = {
    gate,
    stage,
    mode,
    state: "skipped",
    findings: [],
    summary: "",
    ms: 0,
  };
  await perform(gating, step, async () => {
    if (skipped) return "kept";
    const judged = await gating.world.judge(step.wish, subject);
    const ms = Math.round(performance.now() - began);
    result = { gate, stage, mode, state: stateOf(mode, judged.findings), ...judged, ms };
    return "done";
  });
  return result;
}
