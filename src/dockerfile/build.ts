import type { Instruction } from "./instruction.ts";
import type { Dockerfile, Stage } from "./stages.ts";

/** What a build of one target makes of a Dockerfile. */
export interface Build {
  readonly file: Dockerfile;
  /** The stage that becomes the image. */
  readonly target: Stage;
  /** The stages whose layers are in the image: the target, then what it stands on. */
  readonly chain: readonly Stage[];
  /** All stages that BuildKit runs for it, in the order of the text. */
  readonly needed: readonly Stage[];
}

/** Only what the target needs is built, and judged. `undefined` when there is no such stage. */
export function buildOf(file: Dockerfile, target?: string): Build | undefined {
  const stage = targetOf(file.stages, target);
  if (stage === undefined) return undefined;
  const reached = new Set<Stage>();
  reach(stage, reached);
  const needed = file.stages.filter((one) => reached.has(one));
  return { file, target: stage, chain: chainOf(stage), needed };
}

function targetOf(stages: readonly Stage[], target: string | undefined): Stage | undefined {
  if (target === undefined) return stages.at(-1);
  const named = stages.findLast(({ name }) => name === target.toLowerCase());
  return named ?? (/^\d+$/.test(target) ? stages[Number(target)] : undefined);
}

function reach(stage: Stage, reached: Set<Stage>): void {
  if (reached.has(stage)) return;
  reached.add(stage);
  for (const origin of [stage.base, ...stage.sources]) {
    if (origin.kind === "stage") reach(origin.stage, reached);
  }
}

function chainOf(stage: Stage): readonly Stage[] {
  return stage.base.kind === "stage" ? [stage, ...chainOf(stage.base.stage)] : [stage];
}

/** The stages one of which other instructions of the image come later; its last one of a kind counts. */
export function lastOf({ chain }: Pick<Build, "chain">, keyword: string): Instruction | undefined {
  for (const { instructions } of chain) {
    const found = instructions.findLast((one) => one.keyword === keyword);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The stage at the bottom of the image, which stands on what is no stage. */
export function rootOf({ chain, target }: Pick<Build, "chain" | "target">): Stage {
  return chain.at(-1) ?? target;
}
