/** Exit status: 1 failed, 2 the call or its configuration is wrong, 3 refused by a plan, a gate or a check, 130 stopped (128 + SIGINT). */
export type ExitStatus = 1 | 2 | 3 | 130;

interface CodeMeaning {
  readonly exit: ExitStatus;
  readonly means: string;
  /** What to do about it where the error itself has no better advice. */
  readonly next: string;
}

/**
 * Every code an error of Slipway can carry. Codes are a contract: scripts switch on them, so a code
 * is never renamed, and the sentences beside them may change.
 */
export const codes = {
  ACCESS_DENIED: {
    exit: 1,
    means: "AWS or the registry does not allow the action",
    next: "allow the principal what docs/permissions.md lists for this command; who it is: aws sts get-caller-identity",
  },
  AWS_FAILED: {
    exit: 1,
    means: "an AWS call failed for a reason Slipway does not know",
    next: "run the same command again; if it fails again, look at https://health.aws.amazon.com/health/status",
  },
  AWS_UNREACHABLE: {
    exit: 1,
    means: "the AWS endpoint could not be reached",
    next: "check the region, the network and the proxy (HTTPS_PROXY, NO_PROXY)",
  },
  BUILD_FAILED: {
    exit: 1,
    means: "docker buildx ended with an error",
    next: "correct what the build says, then run the same command again",
  },
  CONFIG_INVALID: {
    exit: 2,
    means: "slipway.yaml, or a file it names, is wrong",
    next: "correct it there and run the same command again; docs/configuration.md has every key",
  },
  CONTENT_CORRUPT: {
    exit: 1,
    means: "content does not have the digest or size it should have",
    next: "run the same command again; when a cached layout is named above, remove it first: rm -r DIRECTORY",
  },
  CREDENTIALS_MISSING: {
    exit: 1,
    means: "the AWS SDK found no usable credentials",
    next: "aws sts get-caller-identity",
  },
  GATE_FAILED: {
    exit: 3,
    means: "a gate found an error in the source or in the built image; nothing was published",
    next: "repair what it names and try it without publishing: slipway build; or skip a gate: --skip-gate NAME",
  },
  ENVIRONMENT_INVALID: {
    exit: 2,
    means: "an environment variable has a value that cannot be used",
    next: "correct the variable, or unset it",
  },
  FILE_FAILED: {
    exit: 1,
    means: "a file or directory could not be read or written",
    next: "make room or give the permission, then run the same command again",
  },
  GIT_FAILED: { exit: 1, means: "git could not answer", next: "git status" },
  INTERRUPTED: {
    exit: 130,
    means: "stopped by Ctrl-C or a signal",
    next: "run the same command again: it goes on where this one ended",
  },
  LAYOUT_INVALID: {
    exit: 1,
    means: "a directory is not the OCI image layout it should be",
    next: "remove that directory and run the same command again: it builds anew",
  },
  LIFECYCLE_DRIFT: {
    exit: 3,
    means: "the lifecycle policy in ECR differs from the wanted one",
    next: "put the wanted policy in place: slipway lifecycle apply",
  },
  LIFECYCLE_INVALID: {
    exit: 2,
    means: "a lifecycle policy breaks ECR's grammar",
    next: "correct the policy there and run the same command again",
  },
  LOCAL_ECR_FAILED: {
    exit: 1,
    means: "the local ECR could not start or keep its data",
    next: "choose another --port or --data",
  },
  MANIFEST_INVALID: {
    exit: 1,
    means: "an image manifest or index is not well formed",
    next: "look at the image with: docker buildx imagetools inspect REFERENCE",
  },
  NOT_FOUND: {
    exit: 1,
    means: "a repository, image or blob does not exist",
    next: "check account, region and name: aws ecr describe-repositories",
  },
  PLAN_INVALID: {
    exit: 2,
    means: "a saved plan cannot be read by this Slipway",
    next: "plan again: slipway plan VERSION --out plan.json",
  },
  PLAN_REFUSED: {
    exit: 3,
    means: "the plan has problems and cannot be applied",
    next: "look at each problem and its remedy: slipway plan VERSION",
  },
  PLAN_STALE: {
    exit: 3,
    means: "git or a registry has changed since the plan was made",
    next: "plan again: slipway plan",
  },
  PROCESS_FAILED: {
    exit: 1,
    means: "a program Slipway called ended with an error",
    next: "run the same command again; if it fails again, run that program by hand",
  },
  REGISTRY_FAILED: {
    exit: 1,
    means: "a registry refused a request",
    next: "look at what the registry said; docs/permissions.md has what it must allow",
  },
  REGISTRY_UNAVAILABLE: {
    exit: 1,
    means: "a registry could not be reached, or said to come back later",
    next: "run the same command again: it uploads only what is missing",
  },
  TAG_IMMUTABLE: {
    exit: 3,
    means: "a tag exists, points elsewhere and cannot be moved",
    next: "release another version; a published version is never replaced",
  },
  TAGS_UNSETTLED: {
    exit: 1,
    means:
      "floating tags were moved by other releases again and again, or ECR does not show a tag that was written",
    next: "run the same command again when the other releases are done",
  },
  TOOL_MISSING: {
    exit: 1,
    means: "a program that Slipway calls is not installed",
    next: "install it, or put it on PATH",
  },
  USAGE: { exit: 2, means: "the command line is wrong", next: "slipway --help" },
  VERSION_TAKEN: {
    exit: 3,
    means: "another job has published this version with other content",
    next: "release another version",
  },
  VERIFY_FAILED: {
    exit: 3,
    means: "a published release is not whole, or not what it should be",
    next: "run the same release again: it uploads and tags what is missing",
  },
  WRONG_ACCOUNT: {
    exit: 3,
    means: "the credentials or the registry belong to another account than expected",
    next: "use credentials of the expected account: --profile, or role in the target",
  },
} as const satisfies Record<string, CodeMeaning>;

export type Code = keyof typeof codes;

/** Whether a connection's code is Node's or OpenSSL's name for a certificate that does not hold: mostly of a proxy that looks into what it carries. */
export function isDistrust(code: string): boolean {
  return /^(?:ERR_TLS_CERT_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/.test(code);
}

export const trustProxy = "export NODE_EXTRA_CA_CERTS=/path/to/your-ca.pem";

/** What an IAM policy would have to allow. */
export interface Permission {
  /** Such as `ecr:PutImage`. */
  readonly action: string;
  /** An ARN, with `*` where it is not known, or `*`. */
  readonly resource: string;
}

export interface ErrorDetails {
  /** What to type or change next, most useful first. */
  readonly suggestions?: readonly string[];
  /** With ACCESS_DENIED: what was missing. */
  readonly permission?: Permission;
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
  readonly permission?: Permission;

  constructor(code: Code, message: string, details: ErrorDetails = {}) {
    const { suggestions = [], permission, cause } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.suggestions = suggestions;
    if (permission !== undefined) this.permission = permission;
  }

  get exit(): ExitStatus {
    return codes[this.code].exit;
  }

  /** The same in other words, or with other advice. */
  reworded(message: string, suggestions = this.suggestions): SlipwayError {
    const { code, permission } = this;
    const details = { suggestions, cause: this, ...(permission && { permission }) };
    return new SlipwayError(code, message, details);
  }
}

/** Several errors told as one, which has the code of the first and the advice of all, each once, before what is `next`. */
export function joined(
  errors: readonly SlipwayError[],
  message: string,
  next: readonly string[] = [],
): SlipwayError {
  const [first] = errors;
  const suggestions = [...new Set(errors.flatMap(({ suggestions }) => suggestions)), ...next];
  return new SlipwayError(first?.code ?? "REGISTRY_FAILED", message, { suggestions, cause: first });
}

/** Whether the outside failed us, and neither a mistake of ours nor a Ctrl-C did: some can go on without its answer. */
export function isFailure(error: unknown): error is SlipwayError {
  return error instanceof SlipwayError && error.code !== "INTERRUPTED";
}
