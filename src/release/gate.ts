import type { BuildSpec } from "../docker/build-spec.ts";
import type { Source } from "../oci/content.ts";
import type { Tree } from "../oci/tree.ts";

/** Where an image will run, as far as that asks something of its manifests. */
export type Consumer = "lambda" | "fargate" | "ecs" | "eks";

/** What each gate is told in slipway.yaml, beside its mode. */
export interface GateSettings {
  readonly consumer: { readonly for: readonly Consumer[] };
}

export type GateName = keyof GateSettings;

/**
 * What a gate looks at, in the order in which gates are told: the source before anything is built, the
 * layout before a byte of it leaves.
 */
export const gateStages = {
  consumer: "layout",
} as const satisfies Record<GateName, "source" | "layout">;

/** `on`: an error among its findings refuses the release. `warn`: its findings are told and hold nothing up. */
export type GateMode = "on" | "warn";

/** One gate that was asked for. */
export type GateWish = {
  readonly [Name in GateName]: {
    readonly gate: Name;
    readonly mode: GateMode;
    /** Passed over this once, by `--skip-gate`. */
    readonly skipped: boolean;
    readonly settings: GateSettings[Name];
  };
}[GateName];

/** An `error` refuses where the gate is on; a `warning` and an `info` never do. */
export type FindingLevel = "error" | "warning" | "info";

/** One thing that a gate found: what, where, why it matters, and what to do about it. */
export interface Finding {
  /** A stable word such as `USER_ROOT`: scripts and suppressions name it. */
  readonly code: string;
  readonly level: FindingLevel;
  /** `Dockerfile:12`, `linux/amd64 layer 3 /etc/key.pem`, or what else one would look at. */
  readonly place: string;
  /** What is there, with the value. Never a secret. */
  readonly message: string;
  /** Why that is a defect. */
  readonly reason: string;
  /** What to write or to type instead. */
  readonly repair: string;
  /** Where it is explained. */
  readonly url?: string;
}

/** What a gate looks at: the source always, the image once it is built. */
export interface GateSubject {
  readonly spec: BuildSpec;
  readonly image?: { readonly tree: Tree; readonly source: Source };
}

/** What a gate says: its findings, and in a few words what it looked at. */
export interface Judgement {
  readonly findings: readonly Finding[];
  readonly summary: string;
}

/** `skipped` was asked for by `--skip-gate`. A gate that is off has no result. */
export type GateState = "passed" | "warned" | "failed" | "skipped";

/** What became of one gate. The receipt keeps it. */
export interface GateResult extends Judgement {
  readonly gate: GateName;
  readonly mode: GateMode;
  readonly state: GateState;
  readonly ms: number;
}

/** How a gate ended, from its mode and what it found. */
export function stateOf(
  mode: GateMode,
  findings: readonly Pick<Finding, "level">[],
): Exclude<GateState, "skipped"> {
  const levels = new Set(findings.map(({ level }) => level));
  if (levels.has("error")) return mode === "on" ? "failed" : "warned";
  return levels.has("warning") ? "warned" : "passed";
}
