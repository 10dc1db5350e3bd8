import { isFailure, SlipwayError } from "../errors.ts";
import { strangerProblem } from "./accounts.ts";
import type { Problem } from "./problem.ts";
import type { TargetRequest } from "./request.ts";
import type { World } from "./world.ts";

/** A question that this principal may not ask: the IAM action, what it was asked about, and AWS's own words. */
export interface Denied {
  readonly action: string;
  readonly resource: string;
  readonly message: string;
}

export type Answer<T> =
  | { readonly answer: T; readonly denied?: undefined }
  | { readonly denied: Denied };

/** What was not allowed, of an error that says so; `undefined` of any other. */
export function deniedOf(error: unknown): Denied | undefined {
  if (!(error instanceof SlipwayError) || error.permission === undefined) return undefined;
  return { ...error.permission, message: error.message };
}

/** The answer, or that the question is not allowed; every other error is thrown. */
export async function answered<T>(
  asking: Promise<T>,
  goesOn: (error: unknown) => Promise<boolean> = async () => true,
): Promise<Answer<T>> {
  try {
    return { answer: await asking };
  } catch (error) {
    const denied = deniedOf(error);
    if (denied === undefined || !(await goesOn(error))) throw error;
    return { denied };
  }
}

/** The answer, where it can be had. Throws INTERRUPTED. */
export async function unlessFailed<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (isFailure(error)) return undefined;
    throw error;
  }
}

/** As `answered`; what is denied to a stranger to the registry is thrown, for his way is another. */
export async function answeredAtHome<T>(
  asking: Promise<T>,
  target: TargetRequest,
  world: Pick<World, "ecr">,
): Promise<Answer<T>> {
  return await answered(asking, async (error) => !(await strangerProblem(target, error, world)));
}

/** What the plan must know and may not ask. */
export function permissionProblem({ action, resource, message }: Denied, target?: string): Problem {
  return {
    code: "PERMISSION_MISSING",
    ...(target !== undefined && { target }),
    message,
    remedy: `allow ${action} on ${resource} to this principal (docs/permissions.md)`,
  };
}
