import type { BuildSpec } from "../docker/build-spec.ts";
import type { NewRepository } from "../ecr/types.ts";
import type { LifecyclePolicy } from "../lifecycle/policy.ts";
import type { Digest } from "../oci/reference.ts";
import type { Unchanged } from "./changed.ts";
import type { GateStage, GateWish, PreviousRelease } from "./gate.ts";
import type { TagKind, WantedTag } from "./planning/tags.ts";
import type { NoteCode, Problem } from "./problem.ts";
import type { TargetRequest } from "./request.ts";

/** One registry of the plan. The id is `ACCOUNT/REGION`. */
export interface PlanTarget {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly request: TargetRequest;
  /** Host and repository; `null` until the repository is made. */
  readonly uri: string | null;
  /** The image's digest here, where its attestations are not those of the plan's content. */
  readonly digest?: Digest;
  /** The tags to ask for one by one, where the images may not be listed. */
  readonly unlisted?: readonly string[];
}

/** Layouts that were built elsewhere, and what the index that joins them says; one alone is taken as it is. */
export interface JoinedContent {
  readonly from: "layouts";
  readonly digest: Digest;
  readonly parts: readonly {
    readonly directory: string;
    readonly digest: Digest;
    readonly platforms: readonly string[];
  }[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** Where the image comes from. Its digest is not known before it is built. */
export type Content =
  | { readonly from: "build" }
  | { readonly from: "layout"; readonly digest: Digest }
  | JoinedContent
  | {
      readonly from: "registry";
      readonly digest: Digest;
      readonly target: string;
      /** Targets that hold it as well: they are asked where that one fails. */
      readonly others?: readonly string[];
    };

/** What the plan assumed of the world, so that apply can tell when it has changed. */
export interface Expectation {
  readonly about: "tag";
  readonly target: string;
  readonly tag: string;
  readonly digest: Digest | null;
}

/** One thing to do, or to leave as it is, and why. Run twice, the second run finds it done. */
export type Step = { readonly because: string } & (
  | {
      readonly action: "create-repository";
      readonly target: string;
      readonly settings: NewRepository;
    }
  | {
      readonly action: "put-tag-mutability";
      readonly target: string;
      readonly filters: readonly string[];
      /** Those that were there. */
      readonly before: readonly string[];
    }
  | {
      readonly action: "build";
      readonly spec: BuildSpec;
      readonly annotations: Readonly<Record<string, string>>;
    }
  /** Looks at the source or at the built image before anything leaves, or at the targets before anything is tagged. */
  | {
      readonly action: "gate";
      readonly wish: GateWish;
      readonly stage: GateStage;
      readonly spec: BuildSpec;
      /** The release that the image is compared with, where the gate asks for one. */
      readonly before?: PreviousRelease;
    }
  | {
      readonly action: "copy";
      readonly target: string;
      /** Repositories of the same registry whose layers are mounted where they have them. */
      readonly mountFrom?: readonly string[];
    }
  | { readonly action: "verify"; readonly target: string }
  | {
      readonly action: "tag";
      readonly target: string;
      readonly tag: string;
      readonly kind: TagKind;
      readonly from: Digest | null;
    }
  | {
      readonly action: "put-lifecycle-policy";
      readonly target: string;
      readonly policy: LifecyclePolicy;
    }
  | { readonly action: "git-tag"; readonly name: string; readonly push: boolean }
  | { readonly action: "keep"; readonly target: string; readonly what: string }
);

export type Action = Step["action"];

export interface PlanSource {
  readonly commit: string;
  readonly committedAt: string;
  /** The working tree's id when it differs from the commit. */
  readonly worktree: string | null;
  /** The digest of everything the image is made from. */
  readonly inputs: Digest;
}

/** What a release would do: plain data, printable and savable. With problems it cannot be applied. */
export interface Plan {
  readonly format: 1;
  readonly image: string;
  readonly version: { readonly value: string; readonly because: string };
  readonly source: PlanSource;
  /** The project, from the top of its repository: what the plan says of paths is meant from there. */
  readonly directory: string;
  /** What the image is asked to run on, such as `linux/arm64`. */
  readonly platforms: readonly string[];
  readonly tags: readonly WantedTag[];
  readonly versionTemplates: readonly string[];
  readonly targets: readonly PlanTarget[];
  /** Targets of the request that `--only-target` leaves for a later run. */
  readonly leftOut: readonly PlanTarget[];
  readonly content: Content;
  readonly expects: readonly Expectation[];
  readonly steps: readonly Step[];
  /** What is worth knowing and stands in nobody's way. */
  readonly notes: readonly Note[];
  readonly problems: readonly Problem[];
}

/** The plans of several images that are released together. */
export interface Plans {
  readonly format: 1;
  readonly plans: readonly Plan[];
  /** What `--changed` leaves out. */
  readonly unchanged: readonly Unchanged[];
}

/** The plans of a document, one or several. */
export function plansOf(document: Plan | Plans): readonly Plan[] {
  return "plans" in document ? document.plans : [document];
}

export type Note = Omit<Problem, "code" | "remedy"> &
  Partial<Pick<Problem, "remedy">> & { readonly code: NoteCode };

/** Whether applying the plan would change anything anywhere. */
export function isNothingToDo({ steps }: { readonly steps: readonly Step[] }): boolean {
  return steps.every(({ action }) => action === "keep");
}
