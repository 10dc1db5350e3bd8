import type { Ecr } from "../ecr/types.ts";
import { SlipwayError } from "../errors.ts";
import { accountProblem } from "../release/accounts.ts";
import type { TargetRequest } from "../release/request.ts";
import { type Asking, ecrsOf } from "./world.ts";

/** Where to, and the accounts that may take part, when any were named. */
export interface ExpectedTargets {
  readonly targets: readonly TargetRequest[];
  readonly expectAccounts?: readonly string[] | undefined;
}

/** As `ecrsOf`, once caller and registry of every target are of an expected account. Throws WRONG_ACCOUNT. */
export async function expectedEcrs(
  { targets, expectAccounts = [] }: ExpectedTargets,
  asking: Asking,
): Promise<(target: TargetRequest) => Ecr> {
  const ecr = ecrsOf(asking);
  const asked = targets.map((target) => accountProblem(target, expectAccounts, { ecr }));
  const [wrong] = (await Promise.all(asked)).filter((problem) => problem !== undefined);
  if (wrong === undefined) return ecr;
  throw new SlipwayError("WRONG_ACCOUNT", wrong.message, { suggestions: [wrong.remedy] });
}
