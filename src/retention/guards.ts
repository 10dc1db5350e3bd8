import type { Guards } from "../lifecycle/guards.ts";

/** Services that can be asked what they run. */
export const inUseSources = ["ecs", "lambda"] as const;

export type InUseSource = (typeof inUseSources)[number];

/** The guards, and what is in use. */
export interface GuardSettings extends Guards {
  /** Image references that something runs. */
  readonly inUse: readonly string[];
  /** Who was asked for more of them, and is asked again when a saved plan is applied. */
  readonly inUseFrom?: readonly InUseSource[];
}

/** The guards of a saved plan with what is said when it is applied: more is in use, more is allowed. */
export function mergeGuards(saved: GuardSettings, now: Partial<GuardSettings>): GuardSettings {
  const both = <T>(a: readonly T[], b: readonly T[] = []) => [...new Set([...a, ...b])];
  return {
    inUse: both(saved.inUse, now.inUse),
    inUseFrom: both(saved.inUseFrom ?? [], now.inUseFrom),
    floating: both(saved.floating, now.floating),
    allow: both(saved.allow, now.allow),
    releases: now.releases ?? saved.releases,
    maxShare: now.maxShare ?? saved.maxShare,
  };
}
