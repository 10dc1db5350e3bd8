import { repositoryFor } from "../creation.ts";
import type { Replication } from "../replication.ts";
import type { Repository } from "../repository.ts";
import type { Signing } from "../signing.ts";
import { findRepository, type Registry, type State } from "../state.ts";
import { type Caller, partitionOf } from "./caller.ts";
import type { Check } from "./shape.ts";

/** What an operation works with besides its input. */
export interface Call {
  readonly state: State;
  readonly caller: Caller;
  /** The registry of an account in the caller's region, its data plane listening. */
  readonly registryOf: (account?: string) => Promise<Registry>;
  readonly isReplicating: Replication["isUnderWay"];
  readonly signingStatesOf: Signing["statesOf"];
}

export type Operation = (input: unknown, call: Call) => Promise<object>;
export type Operations = Readonly<Record<string, Operation>>;

/** An operation from the shape of its input and what it does: operation × state → answer. */
export function operation<T>(
  check: Check<T>,
  run: (input: T, call: Call) => object | Promise<object>,
): Operation {
  return async (input, call) => run(check(input, ""), call);
}

export interface Place {
  readonly state: State;
  readonly registry: Registry;
  readonly repository: Repository;
}

/** Throws RepositoryNotFoundException. */
export async function placeOf(
  call: Call,
  input: { readonly registryId?: string | undefined; readonly repositoryName: string },
): Promise<Place> {
  const registry = await call.registryOf(input.registryId);
  const repository = findRepository(registry, input.repositoryName);
  return { state: call.state, registry, repository };
}

/** The same for an operation that pushes: a creation template may make the repository now. */
export async function placeOfPush(
  call: Call,
  input: { readonly registryId?: string | undefined; readonly repositoryName: string },
): Promise<Place> {
  const { state } = call;
  const registry = await call.registryOf(input.registryId);
  const repository = repositoryFor(state, registry, input.repositoryName, {
    use: "CREATE_ON_PUSH",
  });
  return { state, registry, repository };
}

export function repositoryArn(
  { account, region }: Pick<Registry, "account" | "region">,
  name: string,
): string {
  return `arn:${partitionOf(region)}:ecr:${region}:${account}:repository/${name}`;
}

/** The API's form of a time: seconds since the epoch. */
export function seconds(milliseconds: number): number {
  return milliseconds / 1000;
}
