/** Exit status: 1 failed, 2 the call or its configuration is wrong, 3 refused by a plan, a gate or a check. */
export type ExitStatus = 1 | 2 | 3;

interface CodeMeaning {
  readonly exit: ExitStatus;
  readonly means: string;
}

/**
 * Every code an error of Slipway can carry. Codes are a contract: scripts switch on them, so a code
 * is never renamed, and the sentences beside them may change.
 */
export const codes = {
  ACCESS_DENIED: { exit: 1, means: "AWS or the registry does not allow the action" },
  AWS_FAILED: { exit: 1, means: "an AWS call failed for a reason Slipway does not know" },
  AWS_UNREACHABLE: { exit: 1, means: "the AWS endpoint could not be reached" },
  BUILD_FAILED: { exit: 1, means: "docker buildx ended with an error" },
  BUILDER_UNUSABLE: { exit: 1, means: "no docker builder here can do this build" },
  CONFIG_INVALID: { exit: 2, means: "slipway.yaml, or a file it names, is wrong" },
  CONTENT_CORRUPT: { exit: 1, means: "content does not have the digest or size it should have" },
  CREDENTIALS_MISSING: { exit: 1, means: "the AWS SDK found no usable credentials" },
  ENVIRONMENT_INVALID: {
    exit: 2,
    means: "an environment variable has a value that cannot be used",
  },
  FILE_FAILED: { exit: 1, means: "a file or directory could not be read or written" },
  GIT_FAILED: { exit: 1, means: "git could not answer" },
  INTERRUPTED: { exit: 1, means: "stopped by Ctrl-C or a signal" },
  LAYOUT_INVALID: { exit: 1, means: "a directory is not the OCI image layout it should be" },
  LIFECYCLE_DRIFT: { exit: 3, means: "the lifecycle policy in ECR differs from the wanted one" },
  LIFECYCLE_INVALID: { exit: 2, means: "a lifecycle policy breaks ECR's grammar" },
  LOCAL_ECR_FAILED: { exit: 1, means: "the local ECR could not start or keep its data" },
  MANIFEST_INVALID: { exit: 1, means: "an image manifest or index is not well formed" },
  NOT_FOUND: { exit: 1, means: "a repository, image or blob does not exist" },
  PLAN_INVALID: { exit: 2, means: "a saved plan cannot be read by this Slipway" },
  PLAN_REFUSED: { exit: 3, means: "the plan has problems and cannot be applied" },
  PLAN_STALE: { exit: 3, means: "the world is no longer as the plan found it" },
  PROCESS_FAILED: { exit: 1, means: "a program Slipway called ended with an error" },
  REGISTRY_FAILED: { exit: 1, means: "a registry refused a request" },
  REGISTRY_UNAVAILABLE: {
    exit: 1,
    means: "a registry could not be reached, or said to come back later",
  },
  TAG_IMMUTABLE: { exit: 3, means: "a tag exists, points elsewhere and cannot be moved" },
  TAGS_UNSETTLED: {
    exit: 1,
    means: "floating tags were moved by other releases again and again",
  },
  TOOL_MISSING: { exit: 1, means: "a program that Slipway calls is not installed" },
  USAGE: { exit: 2, means: "the command line is wrong" },
  VERSION_TAKEN: {
    exit: 3,
    means: "another job published this version with other content meanwhile",
  },
  VERIFY_FAILED: { exit: 3, means: "what is published is not what it should be" },
} as const satisfies Record<string, CodeMeaning>;

export type Code = keyof typeof codes;

export interface ErrorDetails {
  /** What to type or change next, most useful first. */
  readonly suggestions?: readonly string[];
  readonly cause?: unknown;
}

/**
 * The outside refused, or was asked something impossible. Thrown where we meet the outside, caught in
 * `cli/` alone. The message is lower case, without a full stop, and names the value that was wrong.
 * Any other error class is a bug of ours and shows its stack.
 */
export class SlipwayError extends Error {
  override readonly name = "SlipwayError";
  readonly code: Code;
  readonly suggestions: readonly string[];

  constructor(code: Code, message: string, { suggestions = [], cause }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.suggestions = suggestions;
  }

  get exit(): ExitStatus {
    return codes[this.code].exit;
  }
}
