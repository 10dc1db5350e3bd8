import type { Identity } from "../ecr/types.ts";
import type { PlanTarget } from "./plan.ts";
import type { Problem } from "./problem.ts";
import type { TargetRequest } from "./request.ts";
import type { World } from "./world.ts";

/**
 * Why this caller may not publish to this target; `undefined` when it may. With `expected` accounts, all that take
 * part must be among them: the caller's and the registry's. Without, a target that names the account of its registry
 * wants a caller of that account, unless it names a role too: then the file says both, who and where.
 */
export function wrongAccount(
  target: TargetRequest,
  caller: Identity,
  expected: readonly string[],
): Problem | undefined {
  const registry = target.account ?? caller.account;
  const about = { code: "WRONG_ACCOUNT", target: `${registry}/${target.region}` };
  if (expected.length > 0) {
    const stray = [caller.account, registry].find((account) => !expected.includes(account));
    if (stray === undefined) return undefined;
    const whose = stray === caller.account ? "the caller" : "the registry";
    return {
      ...about,
      message: `${whose} is of account ${stray}, and expected is ${expected.join(" or ")}; the caller is ${caller.arn}`,
      remedy: `use credentials of an expected account (--profile, role), or add --expect-account ${stray}`,
    };
  }
  if (target.role !== undefined || caller.account === registry) return undefined;
  return {
    ...about,
    message: `the registry is of account ${registry}, and the caller is ${caller.arn} of account ${caller.account}`,
    remedy: `use credentials of ${registry} (--profile, role), or, where its repository policy lets ${caller.account} push, add --expect-account ${caller.account} --expect-account ${registry}`,
  };
}

/** As `wrongAccount`, asking who the caller is only when that counts. */
export async function accountProblem(
  target: TargetRequest,
  expected: readonly string[],
  { ecr }: Pick<World, "ecr">,
): Promise<Problem | undefined> {
  const isGiven = target.account !== undefined && target.role === undefined;
  if (!isGiven && expected.length === 0) return undefined;
  return wrongAccount(target, await ecr(target).identity(), expected);
}

/** The targets of a saved plan, looked at with the credentials that would apply it. */
export async function accountProblems(
  targets: readonly PlanTarget[],
  expected: readonly string[],
  world: Pick<World, "ecr">,
): Promise<Problem[]> {
  const found = await Promise.all(
    targets.map(async ({ request, account }) => {
      // Without an account in the request the plan's own is the registry that the caller had then.
      const where = expected.length > 0 ? { ...request, account } : request;
      return await accountProblem(where, expected, world);
    }),
  );
  return found.filter((problem) => problem !== undefined);
}
