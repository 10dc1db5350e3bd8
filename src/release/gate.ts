/**
 * The gates of a release, in the order in which they are told. `dockerfile` looks at the source before the
 * build, the others at the built layout, `scan` and `signature` also at what a registry says of it.
 */
export const gateNames = [
  "dockerfile",
  "contents",
  "size",
  "consumer",
  "smoke",
  "scan",
  "signature",
] as const;

export type GateName = (typeof gateNames)[number];

/** `on`: an error among its findings refuses the release. `warn`: its findings are told and hold nothing up. */
export type GateMode = "on" | "warn" | "off";

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
  /** Where it is explained, as BuildKit's own rules say. */
  readonly url?: string;
}

/** `skipped` was asked for by `--skip-gate`; an `off` gate has no result. */
export type GateState = "passed" | "warned" | "failed" | "skipped";

/** What became of one gate. The receipt keeps it. */
export interface GateResult {
  readonly gate: GateName;
  readonly mode: Exclude<GateMode, "off">;
  readonly state: GateState;
  readonly findings: readonly Finding[];
  /** What was looked at and found, in a few words: `3 layers, 1204 files`. */
  readonly summary: string;
  readonly ms: number;
}

/** How a gate ended, from its mode and what it found. */
export function stateOf(
  mode: GateResult["mode"],
  findings: readonly Pick<Finding, "level">[],
): GateState {
  const levels = new Set(findings.map(({ level }) => level));
  if (levels.has("error")) return mode === "on" ? "failed" : "warned";
  return levels.has("warning") ? "warned" : "passed";
}
