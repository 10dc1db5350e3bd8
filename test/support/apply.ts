import { applyAll } from "../../src/release/applying/apply.ts";
import type { Plan } from "../../src/release/plan.ts";
import type { Receipt } from "../../src/release/receipt.ts";
import type { World } from "../../src/release/world.ts";

/** As `applyAll`, for one image. */
export async function apply(plan: Plan, world: World): Promise<Receipt> {
  const [receipt] = await applyAll([plan], world);
  return receipt as Receipt;
}
