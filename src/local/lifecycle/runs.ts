import type { LifecyclePolicy } from "../../lifecycle/policy.ts";
import type { LifecycleSetting, Repository } from "../repository.ts";
import { commit, type Registry, type State } from "../state.ts";
import { departuresOf } from "./departures.ts";

const day = 86_400_000;

/** Lifecycle policies, run as time goes by. */
export interface LifecycleRuns {
  /** Does what was due until now, each run at its own time. Cheap when nothing is due. */
  readonly catchUp: () => void;
}

interface Due {
  readonly registry: Registry;
  readonly repository: Repository;
  readonly lifecycle: LifecycleSetting;
  readonly at: number;
}

/**
 * ECR promises effects within 24 hours of an image meeting the criteria; here a policy runs 24 hours after it
 * was put, and then every 24 hours.
 */
export function openLifecycleRuns(state: State): LifecycleRuns {
  let next = Number.NEGATIVE_INFINITY;
  return {
    catchUp() {
      const now = state.now();
      if (now < next) return;
      let due = earliest(state);
      for (; due && due.at <= now; due = earliest(state)) run(due);
      // A policy that is put later is due a day after that: nobody need look before.
      next = Math.min(due?.at ?? Number.POSITIVE_INFINITY, now + day);
    },
  };
}

function earliest(state: State): Due | undefined {
  let first: Due | undefined;
  for (const registry of state.registries.values()) {
    for (const repository of registry.repositories.values()) {
      const due = dueOf(registry, repository);
      if (due && due.at < (first?.at ?? Number.POSITIVE_INFINITY)) first = due;
    }
  }
  return first;
}

function dueOf(registry: Registry, repository: Repository): Due | undefined {
  const { lifecycle, createdAt } = repository;
  if (!lifecycle) return undefined;
  const at = (lifecycle.evaluatedAt ?? lifecycle.setAt ?? createdAt) + day;
  return { registry, repository, lifecycle, at };
}

/** One run, seen as one change. */
function run({ registry, repository, lifecycle, at }: Due): void {
  const policy = JSON.parse(lifecycle.text) as LifecyclePolicy;
  const departures = departuresOf(repository, policy, at);
  commit(registry, repository, [...departures, { did: "evaluate", at }]);
}
