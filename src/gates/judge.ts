import type { GateSubject, GateWish, Judgement } from "../release/gate.ts";

/**
 * Lets one gate look at its subject. Each gate is loaded when it is asked for alone: most releases need few.
 * Throws what keeps a gate from looking at all, such as a layout that is broken.
 */
export async function judge(wish: GateWish, subject: GateSubject): Promise<Judgement> {
  switch (wish.gate) {
    case "consumer": {
      const { judgeConsumers } = await import("./consumer.ts");
      return judgeConsumers(wish.settings, subject);
    }
  }
}
