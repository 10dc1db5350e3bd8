import type { ImageBuild } from "../docker/build.ts";
import type { BuildSpec } from "../docker/build-spec.ts";
import type { RegistryAuth } from "../docker/registry-auth.ts";
import type { Ecr } from "../ecr/types.ts";
import type { GitFacts } from "../git/repository.ts";
import type { Tagging } from "../git/tags.ts";
import type { Agents } from "../oci/http.ts";
import type { LayoutStore } from "../oci/layout-store.ts";
import type { Descriptor } from "../oci/manifest.ts";
import type { Report } from "./event.ts";
import type { GateSubject, GateWish, Judgement } from "./gate.ts";
import type { Problem } from "./problem.ts";
import type { TargetRequest } from "./request.ts";

/** The outside as a release meets it: built from flags and environment by the command line, from a temporary directory by a test. */
export interface World {
  readonly now: () => Date;
  readonly signal: AbortSignal;
  /** How registries are reached; absent: directly. */
  readonly agents?: Agents | undefined;
  readonly report: Report;
  readonly layouts: LayoutStore;
  readonly git: {
    observe(tagPrefix: string): Promise<GitFacts>;
    /** What of it a plan is for: asked again before the plan is carried out. */
    head(): Promise<Pick<GitFacts, "directory" | "commit" | "worktree">>;
    /** The commit of a git tag; `undefined` where git does not know it. */
    commitOf(tag: string): Promise<string | undefined>;
    /** Whether paths of the project differ between a commit and HEAD; `undefined` when that cannot be told. */
    changedSince(commit: string, paths: readonly string[]): Promise<boolean | undefined>;
    /** What keeps a git tag from being made or pushed, as far as the repository tells. */
    tagProblems(tagging: Tagging): Promise<readonly Problem[]>;
    /** Throws GIT_FAILED where a tag is to be signed and cannot be. */
    verifySigning(): Promise<void>;
    /** Asks origin, and sends nothing. Throws GIT_FAILED when it would not take the tag on this commit. */
    verifyPush(name: string, commit: string): Promise<void>;
    /** Done already counts as done. */
    createTag(name: string, commit: string): Promise<void>;
    pushTag(name: string): Promise<void>;
  };
  readonly docker: {
    /** Why this build could not be done here. */
    problems(spec: BuildSpec): Promise<readonly Problem[]>;
    /** The Dockerfile's text, when it is a file here. */
    dockerfile(source: Pick<BuildSpec, "context" | "dockerfile">): Promise<string | undefined>;
    /** Builds images in one call, each into its own directory; they have one builder, and what they say of a registry is the same. */
    build(
      images: readonly ImageBuild[],
      registryAuth: readonly RegistryAuth[],
    ): Promise<readonly Pick<Descriptor, "digest" | "mediaType">[]>;
  };
  /** What one gate lacks to look at all, at what this build makes: a tool, a variable, a file, a platform. */
  gateProblems(wish: GateWish, spec: BuildSpec): Promise<readonly Problem[]>;
  /** Lets one gate look at the source or at the layout. */
  judge(wish: GateWish, subject: GateSubject): Promise<Judgement>;
  /** ECR in the target's region as the target's principal; the same one for equal targets. */
  ecr(target: TargetRequest): Ecr;
}
