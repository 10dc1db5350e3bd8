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
  "IDPCommunicationErrorException",
  "IDPRejectedClaimException",
  "InvalidClientTokenId",
  "InvalidIdentityTokenException",
  "InvalidSignatureException",
  "SignatureDoesNotMatch",
  "TokenProviderError",
  "UnrecognizedClientException",
]);
/** STS has this name for one thing alone: a role that may not be assumed, by keys or by a web identity. */
const roleDenied = "AccessDenied";
const deniedNames = new Set(["AccessDeniedException", "UnauthorizedOperation"]);
const connectionCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EAI_AGAIN",
  "ENOTFOUND",
  "EPIPE",
  "ERR_PROXY_TUNNEL",
  "ETIMEDOUT",
]);

/** Node's and OpenSSL's names for a certificate that does not hold: of a proxy that looks into what it carries. */
const distrust = /^(?:ERR_TLS_CERT_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

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
  if (name === roleDenied) {
    return new SlipwayError("ACCESS_DENIED", `the role may not be assumed: ${message}`, {
      suggestions: [
        "allow sts:AssumeRole to this principal, and let the role's trust policy name it (docs/permissions.md)",
      ],
      cause: error,
    });
  }
  if (deniedNames.has(name)) {
    return new SlipwayError("ACCESS_DENIED", `not allowed to ${action} on ${about}: ${message}`, {
      suggestions: [`allow ${action} on ${about} for this principal`],
      cause: error,
    });
  }
  if (distrust.test(code ?? "")) {
    return new SlipwayError(
      "AWS_UNREACHABLE",
      `AWS shows a certificate that is not trusted for ${action}: ${code}`,
      { suggestions: ["export NODE_EXTRA_CA_CERTS=/path/to/your-ca.pem"], cause: error },
    );
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
