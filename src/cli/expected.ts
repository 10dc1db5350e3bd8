import type { Ecr } from "../ecr/types.ts";
import { SlipwayError } from "../errors.ts";
import { accountProblem } from "../release/accounts.ts";
import { waysOut } from "../release/problem.ts";
import type { TargetRequest } from "../release/request.ts";
import type { World } from "../release/world.ts";
import { type Asking, ecrsOf } from "./world.ts";

/** Where to, and the accounts that may take part, when any were named. */
export interface ExpectedTargets {
  readonly targets: readonly TargetRequest[];
  readonly expectAccounts?: readonly string[] | undefined;
}

/** As `ecrsOf`, once caller and registry of every target are of an expected account. Throws WRONG_ACCOUNT. */
export async function expectedEcrs(
  expected: ExpectedTargets,
  asking: Asking,
): Promise<(target: TargetRequest) => Ecr> {
  const ecr = ecrsOf(asking);
  await verifyAccounts(expected, { ecr });
  return ecr;
}

/** Throws WRONG_ACCOUNT unless caller and registry of every target are of an expected account, where any was named. */
export async function verifyAccounts(
  { targets, expectAccounts = [] }: ExpectedTargets,
  world: Pick<World, "ecr">,
): Promise<void> {
  const asked = targets.map((target) => accountProblem(target, expectAccounts, world));
  const [wrong] = (await Promise.all(asked)).filter((problem) => problem !== undefined);
  if (wrong === undefined) return;
  throw new SlipwayError("WRONG_ACCOUNT", wrong.message, { suggestions: waysOut([wrong]) });
}
