import { SlipwayError } from "../errors.ts";

/** What was asked, for the sentence and for the permission that may be missing. */
export interface Question {
  /** The IAM action, such as `ecr:PutImage`. */
  readonly action: string;
  /** What it was asked about: a repository, a registry. */
  readonly about: string;
}

const credentialNames = new Set([
  "CredentialsProviderError",
  "ExpiredToken",
  "ExpiredTokenException",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "SignatureDoesNotMatch",
  "TokenProviderError",
  "UnrecognizedClientException",
]);
const deniedNames = new Set(["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"]);
const connectionCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EAI_AGAIN",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
]);

/** Whether an AWS error carries one of these exception names. Names are the API's contract; sentences are not. */
export function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

/** An error of the SDK in our words, told apart by exception name or connection code. */
export function translate(error: unknown, { action, about }: Question): SlipwayError {
  if (error instanceof SlipwayError) return error;
  const { name, message, code } = error as Error & { code?: string };
  if (credentialNames.has(name)) {
    return new SlipwayError(
      "CREDENTIALS_MISSING",
      `no usable AWS credentials for ${action}: ${message}`,
      {
        suggestions: [
          "aws sso login, or set AWS_PROFILE, or pass --profile",
          "aws sts get-caller-identity",
        ],
        cause: error,
      },
    );
  }
  if (deniedNames.has(name)) {
    return new SlipwayError("ACCESS_DENIED", `not allowed to ${action} on ${about}: ${message}`, {
      suggestions: [`allow ${action} on ${about} for this principal`],
      cause: error,
    });
  }
  if (connectionCodes.has(code ?? "") || name === "TimeoutError") {
    return new SlipwayError(
      "AWS_UNREACHABLE",
      `AWS could not be reached for ${action}: ${code ?? message}`,
      {
        suggestions: ["check the region, the network and the proxy"],
        cause: error,
      },
    );
  }
  if (name === "RepositoryNotFoundException") {
    return new SlipwayError("NOT_FOUND", `repository ${about} does not exist`, { cause: error });
  }
  return new SlipwayError("AWS_FAILED", `${action} on ${about} failed: ${name}: ${message}`, {
    cause: error,
  });
}
