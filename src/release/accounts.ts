import type { Identity } from "../ecr/types.ts";
import { SlipwayError } from "../errors.ts";
import type { PlanTarget } from "./plan.ts";
import type { Problem } from "./problem.ts";
import type { TargetRequest } from "./request.ts";
import type { World } from "./world.ts";

/**
 * Why this caller may not publish to this target; `undefined` when it may. A target's `account` says where its
 * registry is, and a release goes nowhere else; `expected` are the accounts that may take part at all, the caller's
 * and the registry's: both must be among them. None expected means that nothing was said about it.
 */
export function wrongAccount(
  target: TargetRequest,
  caller: Identity,
  expected: readonly string[],
): Problem | undefined {
  const registry = target.account ?? caller.account;
  const stray = [caller.account, registry].find((account) => !expected.includes(account));
  if (expected.length === 0 || stray === undefined) return undefined;
  const whose = stray === caller.account ? "the caller" : "the registry";
  return {
    code: "WRONG_ACCOUNT",
    target: `${registry}/${target.region}`,
    message: `${whose} belongs to account ${stray}, and not to ${expected.join(" or ")}; the caller is ${caller.arn}`,
    remedy: `use credentials of an expected account (--profile, role), or add --expect-account ${stray}`,
  };
}

/** As `wrongAccount`, asking who the caller is only when that counts. */
export async function accountProblem(
  target: TargetRequest,
  expected: readonly string[],
  { ecr }: Pick<World, "ecr">,
): Promise<Problem | undefined> {
  if (expected.length === 0) return undefined;
  return wrongAccount(target, await ecr(target).identity(), expected);
}

/** The targets of a saved plan, looked at with the credentials that would apply it. */
export async function accountProblems(
  targets: readonly PlanTarget[],
  expected: readonly string[],
  world: Pick<World, "ecr">,
): Promise<Problem[]> {
  const found = await Promise.all(
    targets.map(({ request, account }) => accountProblem({ ...request, account }, expected, world)),
  );
  return found.filter((problem) => problem !== undefined);
}

/**
 * What a refused question means when the caller is a stranger to the registry: publishing across accounts is as far
 * as the repository's policy lets it. `undefined` for every other error, and for a caller at home.
 */
export async function strangerProblem(
  target: TargetRequest,
  error: unknown,
  { ecr }: Pick<World, "ecr">,
): Promise<Problem | undefined> {
  const { account, region } = target;
  const isDenied = error instanceof SlipwayError && error.code === "ACCESS_DENIED";
  if (!isDenied || account === undefined) return undefined;
  const caller = await ecr(target).identity();
  if (caller.account === account) return undefined;
  return {
    code: "WRONG_ACCOUNT",
    target: `${account}/${region}`,
    message: `the registry of ${account} does not let ${caller.arn} of account ${caller.account} in: ${error.message}`,
    remedy: `use credentials of ${account} (--profile, role), or let the repository's policy allow ${caller.account} (docs/permissions.md)`,
  };
}
