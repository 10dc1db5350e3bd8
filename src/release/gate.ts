import { type BuildSpec, makesIndex } from "../docker/build-spec.ts";
import type { RepositoryId } from "../ecr/types.ts";
import type { Source } from "../oci/content.ts";
import type { Digest } from "../oci/reference.ts";
import type { StatementKind } from "../oci/statements.ts";
import type { Tree } from "../oci/tree.ts";
import type { TargetRequest } from "./request.ts";
import type { SizeReport } from "./size-report.ts";

/** Where an image will run, as far as that asks something of its manifests. */
export type Consumer = "lambda" | "fargate" | "ecs" | "eks";

/** What each gate is told in slipway.yaml, beside its mode. */
export interface GateSettings {
  readonly dockerfile: DockerfileSettings;
  readonly consumer: { readonly for: readonly Consumer[] };
  readonly contents: ContentsSettings;
  readonly smoke: SmokeSettings;
  readonly scan: ScanSettings;
  readonly size: SizeSettings;
  readonly signature: SignatureSettings;
}

export interface ContentsSettings {
  /** Globs of paths in the image about which nothing is said. */
  readonly allow: readonly string[];
  /** Whether root refuses, is a warning, or is not told. */
  readonly user: "non-root" | "warned" | "any";
}

export interface DockerfileSettings {
  /** How far base images must be written down: to the digest, to a tag, or not at all. */
  readonly pin: "digest" | "tag" | "off";
  /** Codes that are not told. */
  readonly ignore: readonly string[];
}

export const scanSeverities = ["low", "medium", "high", "critical"] as const;
export type ScanSeverity = (typeof scanSeverities)[number];

export interface ScanSettings {
  /** A scanner of this machine looks at the layout; ECR at what is at the targets. */
  readonly with: "trivy" | "grype" | "ecr";
  /** What a vulnerability must be to refuse. */
  readonly fail: {
    readonly severity: ScanSeverity;
    /** Only what has a fix. */
    readonly fixable: boolean;
    /** Only what the release before did not have. */
    readonly isNew: boolean;
    /** Only what has been known for so many days. */
    readonly olderThanDays?: number;
  };
  /** Vulnerabilities that are known and borne for a while: `until` is the last day, as 2026-12-31. */
  readonly ignore: readonly {
    readonly id: string;
    readonly reason: string;
    readonly until: string;
  }[];
}

/** Limits for each platform; bytes. */
export interface SizeSettings {
  /** Of what is pulled, compressed. */
  readonly budget?: number;
  /** Of what it takes on a disk. */
  readonly unpacked?: number;
  /** Against the release before, compressed; passing either of them refuses. */
  readonly growth?: { readonly bytes?: number; readonly percent?: number };
}

export const statementKinds = ["sbom", "provenance"] as const satisfies readonly StatementKind[];

export interface SignatureSettings {
  /** What must be stated about every platform of the image, in its own index. */
  readonly require: readonly StatementKind[];
  /** The user's own arguments for `cosign sign`: which key, which KMS, which identity. Absent: nothing is signed here. */
  readonly cosign?: readonly string[];
  /** Whether ECR's own signature is waited for at every target. */
  readonly managed: boolean;
}

/** By what a running image shows that it works. */
export type SmokeProbe =
  | { readonly kind: "http"; readonly port: number; readonly path: string }
  | { readonly kind: "tcp"; readonly port: number }
  | { readonly kind: "exec"; readonly command: readonly string[] };

/** How an image is tried: what it is given, and what it may take. */
export interface SmokeSettings {
  /** In place of the image's CMD; without a probe and a HEALTHCHECK it must exit 0. */
  readonly command?: readonly string[];
  /** `NAME=value`, or `NAME` of a variable of our own environment, whose value is never shown. */
  readonly env: readonly string[];
  /** Paths that may be written to; everything else is read-only. */
  readonly tmpfs: readonly string[];
  /** Such as `NET_BIND_SERVICE`; all others are dropped. */
  readonly capabilities: readonly string[];
  /** As docker takes it: `512m`. */
  readonly memory: string;
  readonly cpus: number;
  readonly pids: number;
  /** In place of the image's own; `root` is allowed when it is said. */
  readonly user?: string;
  /** Without one, the image's HEALTHCHECK. */
  readonly probe?: SmokeProbe;
  /** Seconds in which it must be ready. */
  readonly within: number;
  /** Seconds in which it must end after its stop signal. */
  readonly grace: number;
  /** Empty: the engine's own. */
  readonly platforms: readonly string[];
  /** What runs beside it on the same network, from a Compose file. */
  readonly services?: { readonly from: string; readonly names: readonly string[] };
}

export type GateName = keyof GateSettings;

/**
 * When a gate looks, in the order in which gates are told: at the source before anything is built, at the layout
 * before a byte of it leaves, at the targets when all of the image is there by its digest and no tag is written.
 */
export type GateStage = "source" | "layout" | "published";

/** Before the build only what refuses, and by what is asked for alone: the same would be told twice. */
type StageRule<Name extends GateName> =
  | GateStage
  | ((settings: GateSettings[Name], refuses: boolean, spec: BuildSpec) => readonly GateStage[]);

export const gateStages: { readonly [Name in GateName]: StageRule<Name> } = {
  dockerfile: "source",
  consumer: (settings, refuses, spec) => [
    ...(refuses && settings.for.includes("lambda") && makesIndex(spec)
      ? (["source"] as const)
      : []),
    "layout",
  ],
  contents: "layout",
  smoke: "layout",
  scan: ({ with: tool }) => [tool === "ecr" ? "published" : "layout"],
  size: "layout",
  signature: ({ require, cosign, managed }, refuses) => [
    ...(require.length > 0 && refuses ? (["source"] as const) : []),
    ...(require.length > 0 || cosign ? (["layout"] as const) : []),
    ...(cosign || managed ? (["published"] as const) : []),
  ],
};

/** The stages at which this gate looks, by its settings, its mode and what is to be built. */
export function stagesOf(
  { gate, settings, mode, skipped }: GateWish,
  spec: BuildSpec,
): readonly GateStage[] {
  const rule = gateStages[gate] as StageRule<GateName>;
  const refuses = mode === "on" && !skipped;
  return typeof rule === "string" ? [rule] : rule(settings as never, refuses, spec);
}

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
  /** Whether the release before did not have it; absent where nothing is compared. */
  readonly isNew?: boolean;
  /** What the image itself said, its last lines. Never a secret. */
  readonly output?: readonly string[];
}

/** A target that has all of the image under its digest. */
export interface GateTarget {
  readonly id: string;
  readonly request: TargetRequest;
  readonly repository: RepositoryId;
  /** Host and name of the repository. */
  readonly uri: string;
  /** What will be tagged here. */
  readonly digest: Digest;
}

/** What a gate looks at: the source always, the image once it is built, the targets once they have it. */
export interface GateSubject {
  readonly spec: BuildSpec;
  readonly image?: { readonly tree: Tree; readonly source: Source };
  /** The release before this one, where the gate compares with it and there is one. */
  readonly before?: PreviousImages;
  readonly published?: { readonly tree: Tree; readonly targets: readonly GateTarget[] };
}

/** A release that stands at a target, next below the one that is planned. */
export interface PreviousRelease {
  readonly version: string;
  readonly target: string;
  readonly digest: Digest;
}

/** The images of a release, by its manifests alone. */
export interface PreviousImages {
  readonly version: string;
  readonly platforms: readonly {
    /** `null` of an image without an index. */
    readonly platform: string | null;
    readonly digest: Digest;
    /** Config and layers, each once. */
    readonly bytes: number;
    readonly layers: readonly Digest[];
  }[];
}

/** What a gate says: its findings, and in a few words what it looked at. */
export interface Judgement {
  readonly findings: readonly Finding[];
  readonly summary: string;
  /** What the size gate measured, exact to the byte. */
  readonly report?: SizeReport;
}

/** `skipped` was asked for by `--skip-gate`. A gate that is off has no result. */
export type GateState = "passed" | "warned" | "failed" | "skipped";

/** What became of one gate. The receipt keeps it. */
export interface GateResult extends Judgement {
  readonly gate: GateName;
  readonly stage: GateStage;
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
