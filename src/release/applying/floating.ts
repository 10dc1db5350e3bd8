import type { FoundManifest } from "../../ecr/types.ts";
import { SlipwayError } from "../../errors.ts";
import type { Digest } from "../../oci/reference.ts";
import { digestOfTag } from "../planning/subject.ts";
import { isFixed } from "../planning/tags.ts";
import type { StepOutcome } from "../receipt.ts";
import { put, type Roots } from "./apply-tags.ts";
import { type Carrying, ecrAt, perform, type StepOf, stepsOf } from "./steps.ts";
import { type Images, lines } from "./tag-lines.ts";
import { together } from "./together.ts";

type TagStep = StepOf<"tag">;

/** Each round lost means that another job moved the tag in between. */
const rounds = 5;

/** Longer, and somebody may release a newer version and roll it back: the tag is where it was, and must stay there. */
const quickMs = 5000;

/** Hears of the moves at a target before they are made, each with where its tag is now. */
export type Announce = (target: string, moves: readonly StepOutcome[]) => Promise<void>;

/**
 * Moves the floating tags at every target. The registry has no compare-and-set, so each tag is decided
 * from the versions read just before, and after the write the versions are read again and the tag is
 * pointed at the highest of its line, until it stands there. Every job writes its version tag before it
 * comes here; so whichever comes last sees all versions and leaves the tags right. A tag that was rolled back stays.
 */
export async function applyFloatingTags(
  applying: Carrying,
  rootAt: Roots,
  announce: Announce = async () => {},
): Promise<void> {
  const steps = stepsOf(applying, "tag").filter((step) => !isFixed(step));
  const targets = Map.groupBy(steps, ({ target }) => target);
  await together([...targets], async ([target, here]) => {
    const root = rootAt(target);
    const decisions = await announced(applying, { target, steps: here, root }, announce);
    await together(decisions, ({ step, from, keep }) =>
      perform(applying, step, async () =>
        keep === undefined
          ? { state: await put(applying, step, root), from }
          : { state: "kept", from, because: keep },
      ),
    );
    await settle(applying, { target, steps: here, root }, (images) =>
      isBehind(images, decisions, root.digest),
    );
  });
}

interface Moving {
  readonly target: string;
  readonly steps: readonly TagStep[];
  readonly root: FoundManifest;
}

/** Where the tag is now, and why it stays there; without a reason it moves. */
interface Decision {
  readonly step: TagStep;
  readonly from: Digest | null;
  readonly keep?: string;
}

/**
 * The record is written before the move: if the run dies in between, where the tag was is not lost. Writing it takes a
 * moment, so the tags are read again afterwards, and what the record says is what is done. A version that comes in that
 * moment is seen after the write, as one that comes right before it.
 */
async function announced(
  applying: Carrying,
  moving: Moving,
  announce: Announce,
): Promise<Decision[]> {
  let told = "";
  for (let round = 0; ; round += 1) {
    const decisions = await decide(applying, moving);
    const moves = decisions.flatMap(({ step, from, keep }): StepOutcome[] =>
      keep !== undefined || from === null || from === moving.root.digest
        ? []
        : [{ step, state: "done", from, ms: 0 }],
    );
    const now = JSON.stringify(moves);
    if (moves.length === 0 || now === told || round === rounds) return decisions;
    const began = performance.now();
    await announce(moving.target, moves);
    const isQuick = performance.now() - began < quickMs;
    if (isQuick && (await areWhereTheyWere(applying, moving.target, decisions))) return decisions;
    told = now;
  }
}

/** Asks for these tags alone: a repository of tens of thousands of images is listed on as many pages as it has thousands. */
async function areWhereTheyWere(
  applying: Carrying,
  target: string,
  decisions: readonly Decision[],
): Promise<boolean> {
  const { ecr, id } = ecrAt(applying, target);
  const found = await ecr.manifests(
    id,
    decisions.map(({ step: { tag } }) => ({ tag, ifActive: true })),
  );
  const digests = new Map(found.map(({ tag, digest }) => [tag, digest]));
  return decisions.every(({ step, from }) => (digests.get(step.tag) ?? null) === from);
}

async function decide(applying: Carrying, { target, steps, root }: Moving): Promise<Decision[]> {
  const now = await lines(applying, target);
  const doubtful = steps.filter((step) => now.mayBeHeld(step, root.digest));
  const held = await now.heldBack(doubtful);
  return steps.map((step) => {
    const from = now.digestOf(step.tag) ?? null;
    const goal = now.goalOf(step);
    if (held.has(step)) return { step, from, keep: "it was rolled back since the plan was made" };
    if (goal === undefined || goal === root.digest) return { step, from };
    return { step, from, keep: overtakenBecause };
  });
}

const overtakenBecause = "a newer version was released since the plan was made";

/** Whether a tag that was moved is shown where it was: nobody but a rollback brings it back there. */
function isBehind(images: Images, decisions: readonly Decision[], root: Digest): boolean {
  return decisions.some(
    ({ step, from, keep }) =>
      keep === undefined && from !== root && (digestOfTag(images, step.tag) ?? null) === from,
  );
}

async function settle(
  applying: Carrying,
  { target, steps, root }: Moving,
  isBehind: (images: Images) => boolean,
): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const now = await lines(applying, target, round === 0 ? isBehind : undefined);
    const astray = steps.filter((step) => {
      const goal = now.goalOf(step);
      return goal !== undefined && goal !== now.digestOf(step.tag);
    });
    const held = await now.heldBack(astray);
    const wrong = astray.filter((step) => !held.has(step));
    if (wrong.length === 0) return;
    await pointAt(applying, target, new Map(wrong.map((step) => [step, now.goalOf(step)])));
    const lost = wrong.filter((step) => now.goalOf(step) !== root.digest);
    for (const step of lost) overtaken(applying, step);
  }
  throw new SlipwayError(
    "TAGS_UNSETTLED",
    `${target}: floating tags were moved by others ${rounds} times in a row`,
    { suggestions: ["run the same command again once the other releases have ended"] },
  );
}

/** The record tells where the tag is, and not where it was for a moment. */
function overtaken({ outcomes }: Carrying, step: TagStep): void {
  const at = outcomes.findIndex((outcome) => outcome.step === step);
  const outcome = outcomes[at];
  if (outcome) outcomes[at] = { ...outcome, state: "kept", because: overtakenBecause };
}

async function pointAt(
  applying: Carrying,
  target: string,
  goals: ReadonlyMap<TagStep, Digest | undefined>,
): Promise<void> {
  const { ecr, id } = ecrAt(applying, target);
  const digests = [...new Set(goals.values())].flatMap((digest) => (digest ? [{ digest }] : []));
  const found = await ecr.manifests(id, digests);
  for (const [step, goal] of goals) {
    const manifest = found.find(({ digest }) => digest === goal);
    if (manifest) await put(applying, step, manifest);
  }
}
