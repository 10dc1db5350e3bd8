import type { BuilderProblemCode } from "../docker/builder-problems.ts";
import type { TaggingProblemCode } from "../git/tags.ts";

/**
 * Every obstacle that a plan can name, and what it means. Codes are a contract: scripts switch on them,
 * so a code is never renamed, and the sentences beside them may change.
 */
export const problemCodes = {
  BUILDER_MISSING: "buildx has no builder, or none of that name",
  BUILDER_STOPPED: "no node of the builder is running",
  BUILDKIT_TOO_OLD: "the builder's BuildKit cannot write an image layout",
  BUILDX_MISSING: "docker has no buildx plugin",
  BUILDX_TOO_OLD: "the buildx plugin is older than 0.13",
  CONTEXT_MISSING: "the build context is not a directory",
  DETACHED_HEAD: "a tag template needs a branch, and HEAD is on none",
  DIRTY_TREE: "the working tree differs from the commit that would be released",
  DOCKER_MISSING: "there is no docker on PATH",
  DOCKER_UNREACHABLE: "the docker engine does not answer",
  DOCKERFILE_MISSING: "the Dockerfile does not exist",
  EMULATION_MISSING: "the builder cannot run a platform that the Dockerfile runs commands on",
  FLOATING_TAG_LOCKED: "the repository's tag mutability would lock a floating tag",
  GATE_INPUT_MISSING: "a gate needs something that is not there: a variable, a file, a platform",
  GATE_TOOL_MISSING: "a tool that a gate needs does not run here",
  GIT_IDENTITY_MISSING: "git has no name and email to make the version's git tag with",
  GIT_REMOTE_MISSING: "the version's git tag is to be pushed, and there is no remote 'origin'",
  GIT_TAG_ELSEWHERE: "the version's git tag points to another commit",
  IMAGE_ARCHIVED:
    "an image, or what belongs to it, is archived or being restored and cannot be pulled",
  IMAGE_MISSING: "there is no such image where it was looked for",
  IMAGE_INCOMPLETE: "the image that a tag would be rolled back to is not complete",
  IMAGE_STORE_CLASSIC: "docker's classic image store cannot export an image layout",
  LAYOUT_DOUBLED: "a platform is in more than one of the layouts to be joined",
  LAYOUT_MISSING: "none of the layouts to be joined holds a platform of the release",
  LAYOUT_OF_OTHER_COMMIT: "a layout was built from another commit than the one at hand",
  LAYOUT_OF_OTHER_INPUTS: "a layout was built from this commit with other inputs",
  LAYOUT_UNKNOWN: "a layout does not say what it was built from",
  LAYOUT_UNWANTED: "a layout holds a platform that the release is not for",
  NAMED_CONTEXT_MISSING: "a named build context is not a directory",
  PERMISSION_MISSING: "the principal lacks a permission without which there is no plan",
  PLATFORM_MISSING: "no node of the builder builds for a platform",
  POLICY_GUARDED: "the lifecycle policy that would be put takes images that are needed",
  PREDECESSOR_AMBIGUOUS: "receipts or targets disagree about where a tag was before",
  PREDECESSOR_UNKNOWN: "no receipt says where a tag was before",
  REPOSITORY_MISSING: "the repository does not exist, and is not to be created",
  SECRET_MISSING: "a build secret's file or environment variable does not exist",
  SSH_AGENT_MISSING: "a build step may use an ssh agent or key that is not there",
  SHALLOW_CLONE: "a shallow clone without tags does not tell the version",
  TAG_BEHIND: "a tag given by --tag is at a newer version",
  TAG_HELD: "a tag given by --tag was rolled back, and the image is not newer",
  TAG_FIXED: "a version or commit tag cannot be rolled back",
  TAG_ILLEGAL: "a tag template does not give a legal tag",
  TAG_MISSING: "the tag to roll back is not there",
  TAG_TAKEN: "a version or commit tag is on an image of another commit or of other inputs",
  TAG_UNKNOWN: "a version or commit tag is on an image that does not say what it was built from",
  TAGS_MISSING: "the image has no version or commit tag, and --tag names none",
  TARGETS_DISAGREE: "targets hold images of the same inputs whose platform manifests differ",
  VERSION_AMBIGUOUS: "several git tags at HEAD name a version",
  VERSION_BEHIND: "the next version would not be higher than the highest one known",
  VERSION_INVALID: "the version is not a semantic version",
  VERSION_MISSING: "no version was named, and no git tag at HEAD names one",
  VERSION_OF_OTHER_LINE: "the version to roll back to is not of the tag's line",
  VERSION_UNKNOWN: "the version to roll back to is not there",
  WRONG_ACCOUNT: "the credentials or the registry belong to another account than expected",
} as const satisfies Record<BuilderProblemCode | TaggingProblemCode, string> &
  Record<string, string>;

export type ProblemCode = keyof typeof problemCodes;

/** An obstacle the planner foresaw. All are shown at once, and a plan with one cannot be applied. */
export interface Problem {
  readonly code: ProblemCode;
  /** The target that has it; absent when it is the release's as a whole. */
  readonly target?: string;
  readonly message: string;
  /** What to do about it. One way a line, each a sentence or a command that can be pasted as it stands. */
  readonly remedy: string;
}

/** The ways out of problems, one by one; what several have in common once. */
export function waysOut(problems: readonly Partial<Pick<Problem, "remedy">>[]): string[] {
  return [...new Set(problems.flatMap(({ remedy }) => remedy?.split("\n") ?? []))];
}

/** What a plan, a rollback or a verification tells without being held up by it. */
export const noteCodes = {
  ATTESTATIONS_DIFFER: "targets hold one image whose attestations differ; each keeps its own",
  FLOATING_TAG_HELD:
    "a rollback holds a floating tag behind the verified version, at all targets the same",
  FLOATING_TAG_WAITS: "a newer version is there, and a floating tag did not follow",
  FLOATING_TAGS_DIFFER:
    "a floating tag is at different versions at the targets, nowhere behind the verified one",
  CONTEXT_OUTSIDE:
    "the build reads what is outside of the repository, and git does not tell when it changes",
  SUBMODULE_ABSENT: "a submodule in the build's context is not checked out, and the image lacks it",
  BUILD_ADJUSTED: "the build differs from the default, so that the service that runs it takes it",
  POLICY_LINT: "the lifecycle policy is legal but almost surely wrong",
  POLICY_UNJUDGED: "the lifecycle policy is not put, because images may not be listed to judge it",
  POLICY_UNREAD: "the lifecycle policy in place may not be read; the wanted one is put anyway",
  READ_DENIED: "a permission is missing; the plan goes on without it and says what is not known",
  LAYOUTS_UNUSED: "the version is published already, and stays the image that it is",
  RECORD_EXPIRES:
    "a lifecycle rule may remove the record of a rollback while the tag is still there",
  ROLLED_BACK_ALREADY: "the tag is where a rollback took it; only --to goes further",
  TARGET_LEFT_OUT: "--only-target leaves a target for a later run",
  TARGET_UNREACHED:
    "a target that is left out could not be asked whether the version is taken there",
  MOUNTING_OFF: "no layer can be mounted at a target; what it lacks is uploaded",
  NO_TAG_LOCK: "ECR locks no tag of the repository; Slipway looks before it writes",
} as const satisfies Record<string, string>;

export type NoteCode = keyof typeof noteCodes;
