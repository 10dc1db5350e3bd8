import { isDistrust, SlipwayError, trustProxy } from "../errors.ts";
import { foreignText } from "../wording.ts";

/** What was asked, for the sentence and for the permission that may be missing. */
export interface Question {
  /** The IAM action, such as `ecr:PutImage`. */
  readonly action: string;
  /** What it was asked about: a repository, a registry. */
  readonly about: string;
  /** The same as an IAM policy names it; absent where no permission is needed. */
  readonly resource?: string;
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
/** Of credentials that were good until a while ago. */
const expiredNames = new Set(["ExpiredToken", "ExpiredTokenException"]);
/** What is said of a signature that is too old, or not yet due, among other things. */
const signatureNames = new Set([
  "InvalidSignatureException",
  "RequestExpired",
  "RequestTimeTooSkewed",
  "SignatureDoesNotMatch",
]);
/** STS has this name for one thing alone: a role that may not be assumed, by keys or by a web identity. */
const roleDenied = "AccessDenied";
const deniedNames = new Set(["AccessDeniedException", "UnauthorizedOperation"]);
const connectionCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ERR_PROXY_TUNNEL",
  "ETIMEDOUT",
]);

/** Whether an AWS error carries one of these exception names. Names are the API's contract; sentences are not. */
export function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

/** An error of the SDK in our words, told apart by exception name or connection code. */
export function translate(error: unknown, question: Question): SlipwayError {
  if (error instanceof SlipwayError) return error;
  const { action, about } = question;
  const { name } = error as Error;
  const message = foreignText((error as Error).message);
  const known =
    refusal(error as Error, question) ??
    unreadable(error as Error, question) ??
    unreachable(error as Error, question);
  if (known) return known;
  if (name === "RepositoryNotFoundException") {
    return new SlipwayError("NOT_FOUND", `repository ${about} does not exist`, { cause: error });
  }
  if (isStranger(error as Answered)) return notAws(error as Answered, question);
  return new SlipwayError("AWS_FAILED", `${action} on ${about} failed: ${name}: ${message}`, {
    cause: error,
  });
}

/** What the SDK calls an answer that bears no exception of AWS, or is no JSON at all. */
const namesOfNobody = new Set(["SyntaxError", "Unknown", "UnknownError"]);

interface Answered extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: {
    readonly statusCode?: number;
    readonly headers?: Readonly<Record<string, string>>;
  };
}

/** An answer came, and it is no exception of an AWS service: those say whose fault they are. */
function isStranger(error: Answered): boolean {
  const answered = error.$response !== undefined || error.$metadata !== undefined;
  return namesOfNobody.has(error.name) || (answered && !("$fault" in error));
}

/** A proxy's or another server's answer in the place of AWS's. */
function notAws(cause: Answered, { action, about }: Question): SlipwayError {
  const status = cause.$metadata?.httpStatusCode ?? cause.$response?.statusCode;
  const answer = status === undefined ? "answered" : `answered ${status}`;
  const sentence = `what ${answer} to ${action} on ${about} does not speak as AWS does`;
  return new SlipwayError("AWS_FAILED", sentence, {
    suggestions: [`check the proxy (HTTPS_PROXY, NO_PROXY) and ${endpointVariable(action)}`],
    cause,
  });
}

/** Leads the questions to one service to another place than AWS. */
function endpointVariable(action: string): string {
  const [service = ""] = action.split(":");
  return `AWS_ENDPOINT_URL_${service.toUpperCase()}`;
}

/** How far from its own time AWS lets a request's be, in milliseconds (IAM user guide, "Signature Version 4"). */
const patience = 5 * 60_000;

/** A signature bears the time; the SDK corrects a clock that is off by AWS's own, unless that does not help either. */
function clockOff({ name, $response }: Answered, { action }: Question): SlipwayError | undefined {
  const date = $response?.headers?.date;
  const ahead = Date.now() - Date.parse(date ?? "");
  if (!signatureNames.has(name) || !(Math.abs(ahead) > patience)) return undefined;
  const minutes = Math.round(Math.abs(ahead) / 60_000);
  const sentence = `AWS refused ${action}: this machine's clock is ${minutes} minutes ${ahead > 0 ? "ahead of" : "behind"} AWS's (${date})`;
  return new SlipwayError("CREDENTIALS_MISSING", sentence, {
    suggestions: ["set the clock: timedatectl set-ntp true"],
  });
}

/** AWS does not know us, or knows us and says no. */
function refusal(cause: Error, question: Question): SlipwayError | undefined {
  const { action, about, resource } = question;
  const { name } = cause;
  const message = foreignText(cause.message);
  const off = clockOff(cause, question);
  if (off) return off;
  if (credentialNames.has(name)) {
    const suggestions = [
      ...(expiredNames.has(name)
        ? [
            "of keys in the environment, export new ones with their AWS_SESSION_TOKEN, or unset them",
            "of a profile, sign in again: aws sso login --profile NAME",
          ]
        : ["name a profile: AWS_PROFILE, or --profile", "or sign in: aws sso login"]),
      "aws sts get-caller-identity",
    ];
    const sentence = `no usable AWS credentials for ${action}: ${message}`;
    return new SlipwayError("CREDENTIALS_MISSING", sentence, { suggestions, cause });
  }
  if (name === roleDenied) {
    const suggestions = [
      "allow sts:AssumeRole to this principal, and let the role's trust policy name it (docs/permissions.md)",
    ];
    const sentence = `the role may not be assumed: ${message}`;
    return new SlipwayError("ACCESS_DENIED", sentence, { suggestions, cause });
  }
  if (!deniedNames.has(name)) return undefined;
  return new SlipwayError("ACCESS_DENIED", `not allowed to ${action} on ${about}: ${message}`, {
    suggestions: [`allow ${action} on ${resource ?? about} (docs/permissions.md)`],
    ...(resource !== undefined && { permission: { action, resource } }),
    cause,
  });
}

/** A question to AWS opens no file but those that hold credentials: the token of a web identity, or of a container. */
function unreadable(cause: NodeJS.ErrnoException, { action }: Question): SlipwayError | undefined {
  const { syscall, code, path } = cause;
  if (path === undefined || (syscall !== "open" && syscall !== "read")) return undefined;
  const sentence = `no usable AWS credentials for ${action}: ${foreignText(path)} cannot be read: ${code}`;
  const suggestions = [
    "let the job write its token there first; AWS_WEB_IDENTITY_TOKEN_FILE, a profile's web_identity_token_file or AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names that file",
  ];
  return new SlipwayError("CREDENTIALS_MISSING", sentence, { suggestions, cause });
}

/** What Node says of a connection that failed: a name that is unknown, or an address that does not answer. */
interface ConnectionError extends Error {
  readonly code?: string;
  readonly hostname?: string;
  readonly address?: string;
  readonly port?: number;
}

function whyUnreachable(cause: ConnectionError): string {
  const { name, message, code = "", hostname, address, port } = cause;
  if (code === "" && name === "TimeoutError") return "no answer in time";
  if (code === "" || code === "ERR_PROXY_TUNNEL") return message;
  const where = hostname ?? (address === undefined ? undefined : `${address}:${port}`);
  return where === undefined ? code : `${code} ${where}`;
}

function unreachable(
  cause: ConnectionError,
  { action, about }: Question,
): SlipwayError | undefined {
  const { name, code = "" } = cause;
  if (isDistrust(code)) {
    const sentence = `AWS shows a certificate that is not trusted for ${action}: ${code}`;
    return new SlipwayError("AWS_UNREACHABLE", sentence, { suggestions: [trustProxy], cause });
  }
  if (!connectionCodes.has(code) && name !== "TimeoutError") return undefined;
  const suggestions = [waysToCheck(cause, endpointVariable(action))];
  const sentence = `AWS could not be reached for ${action} on ${about}: ${whyUnreachable(cause)}`;
  return new SlipwayError("AWS_UNREACHABLE", sentence, { suggestions, cause });
}

/** AWS answers at one port alone: what is met at another is a proxy, or an endpoint of somebody's own. */
function waysToCheck({ address, port = 443 }: ConnectionError, variable: string): string {
  if (port === 443) {
    return `check the region, the network, the proxy (HTTPS_PROXY, NO_PROXY) and ${variable}`;
  }
  const where = address === undefined ? `port ${port}` : `${address}:${port}`;
  return `what leads to ${where} is ${variable}, or the proxy (HTTPS_PROXY): unset it to reach AWS`;
}
