import type { Ecr } from "../ecr/types.ts";
import type { GateSubject, GateWish, Judgement } from "../release/gate.ts";
import type { TargetRequest } from "../release/request.ts";

/** Where a gate works: what it may read, run and remember. */
export interface GatePlace {
  /** What the build's paths are relative to. */
  readonly projectDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** A directory of gates alone, in which they keep what they found. */
  readonly cacheDir: string;
  readonly now: () => Date;
  readonly ecr: (target: TargetRequest) => Ecr;
}

/**
 * Lets one gate look at its subject. Each gate is loaded when it is asked for alone: most releases need few.
 * Throws what keeps a gate from looking at all, such as a layout that is broken.
 */
export async function judge(
  wish: GateWish,
  subject: GateSubject,
  place: GatePlace,
): Promise<Judgement> {
  switch (wish.gate) {
    case "dockerfile": {
      const { judgeDockerfile } = await import("./dockerfile/judge.ts");
      return await judgeDockerfile(wish.settings, subject, place);
    }
    case "consumer": {
      const { judgeConsumers } = await import("./consumer/judge.ts");
      return await judgeConsumers(wish.settings, subject, place);
    }
    case "contents": {
      const { judgeContents } = await import("./contents/judge.ts");
      return await judgeContents(wish.settings, subject, place);
    }
    case "smoke": {
      const { judgeSmoke } = await import("./smoke/judge.ts");
      return await judgeSmoke(wish.settings, subject, place);
    }
    case "scan": {
      const { judgeScan } = await import("./scan/judge.ts");
      return await judgeScan(wish.settings, subject, place);
    }
    case "size": {
      const { judgeSize } = await import("./size/judge.ts");
      return await judgeSize(wish.settings, subject, place);
    }
    case "signature": {
      const { judgeSignature } = await import("./signature/judge.ts");
      return await judgeSignature(wish.settings, subject, place);
    }
  }
}
