import { randomBytes, randomUUID } from "node:crypto";
import { type HttpAnswer, type HttpRequest, readBody } from "../http.ts";
import type { Roles } from "../roles.ts";
import type { Secret } from "../signed.ts";
import { type Caller, hasExpired, sessionToken } from "./caller.ts";

interface StsCall {
  readonly caller: Caller;
  readonly secret: Secret;
  readonly now: number;
  readonly roles: Roles | undefined;
}

type StsOutcome =
  | { readonly action: string; readonly result: string }
  | { readonly status: number; readonly code: string; readonly message: string };

const maxBody = 64 * 1024;
const roleForm = /^arn:(aws[a-z-]*):iam::(\d{12}):role\/((?:[\x21-\x7e]+\/)?)([\w+=,.@-]{1,64})$/;

/** One call in the AWS query protocol: a form in, XML out. */
export async function answerSts(
  request: HttpRequest,
  call: Omit<StsCall, "caller"> & { readonly caller: Caller | undefined },
): Promise<HttpAnswer> {
  const body = await readBody(request.body, maxBody);
  const form = new URLSearchParams(body?.toString("utf8") ?? "");
  const { caller } = call;
  return xmlAnswer(outcomeOf(form, { ...call, caller }));
}

/** A web identity's token is all that its owner signs with. */
function outcomeOf(
  form: URLSearchParams,
  { caller, ...call }: Omit<StsCall, "caller"> & { readonly caller: Caller | undefined },
): StsOutcome {
  if (form.get("Action") === "AssumeRoleWithWebIdentity") return assumeWithToken(form, call);
  if (caller && hasExpired(caller, call.now)) {
    return refuse(403, "ExpiredToken", "The security token included in the request is expired");
  }
  if (caller) return perform(form, { ...call, caller });
  return refuse(403, "MissingAuthenticationToken", "Request is missing Authentication Token");
}

function perform(form: URLSearchParams, call: StsCall): StsOutcome {
  switch (form.get("Action")) {
    case "GetCallerIdentity":
      return identity(call);
    case "AssumeRole":
      return roleRefusal(form, call) ?? assumeRole("AssumeRole", form, call);
    default:
      return refuse(
        400,
        "InvalidAction",
        `The local ECR has no STS action '${form.get("Action")}', only GetCallerIdentity, AssumeRole and AssumeRoleWithWebIdentity`,
      );
  }
}

function identity({ caller }: StsCall): StsOutcome {
  const { arn, userId, account } = caller;
  return {
    action: "GetCallerIdentity",
    result: elements({ Arn: arn, UserId: userId, Account: account }),
  };
}

/** The identity provider's signature is not looked at; a token that is none is refused as STS does. */
function assumeWithToken(form: URLSearchParams, call: Omit<StsCall, "caller">): StsOutcome {
  const token = form.get("WebIdentityToken") ?? "";
  if (/^[\w-]+\.[\w-]+\.[\w-]*$/.test(token)) {
    return assumeRole("AssumeRoleWithWebIdentity", form, call);
  }
  return refuse(
    400,
    "InvalidIdentityToken",
    "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
  );
}

/** Where roles were declared, no other may be assumed, and each only with the external id that it wants. */
function roleRefusal(form: URLSearchParams, { caller, roles }: StsCall): StsOutcome | undefined {
  const arn = form.get("RoleArn") ?? "";
  const isChained = caller.expiresAt !== undefined;
  if (isChained && Number(form.get("DurationSeconds") ?? 0) > 3600) {
    const message =
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
    return refuse(400, "ValidationError", message);
  }
  if (roles === undefined || !roleForm.test(arn)) return undefined;
  const role = Object.hasOwn(roles, arn) ? roles[arn] : undefined;
  const wanted = role?.externalId;
  if (role && (wanted === undefined || wanted === form.get("ExternalId"))) return undefined;
  const message = `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`;
  return refuse(403, "AccessDenied", message);
}

/** The credentials' access key carries the role's account. */
function assumeRole(
  action: string,
  form: URLSearchParams,
  { secret, now }: Omit<StsCall, "caller">,
): StsOutcome {
  const [, partition, account, , role] = roleForm.exec(form.get("RoleArn") ?? "") ?? [];
  const session = form.get("RoleSessionName") ?? "";
  const duration = Number(form.get("DurationSeconds") ?? 3600);
  if (account === undefined) return invalid("roleArn", form.get("RoleArn"));
  if (!/^[\w+=,.@-]{2,64}$/.test(session)) return invalid("roleSessionName", session);
  if (!(duration >= 900 && duration <= 43_200)) return invalid("durationSeconds", duration);
  const arn = `arn:${partition}:sts::${account}:assumed-role/${role}/${session}`;
  const userId = `AROALOCALSLIPWAY00000:${session}`;
  const expiresAt = now + duration * 1000;
  const credentials = {
    AccessKeyId: `ASIA${account}${randomBytes(2).toString("hex").toUpperCase()}`,
    SecretAccessKey: randomBytes(30).toString("base64"),
    SessionToken: sessionToken(secret, { account, arn, userId, expiresAt }),
    Expiration: new Date(expiresAt).toISOString(),
  };
  const user = elements({ AssumedRoleId: userId, Arn: arn });
  return {
    action,
    result: `<AssumedRoleUser>${user}</AssumedRoleUser><Credentials>${elements(credentials)}</Credentials>`,
  };
}

function invalid(field: string, value: unknown): StsOutcome {
  return refuse(400, "ValidationError", `Invalid value '${value}' at '${field}'`);
}

function refuse(status: number, code: string, message: string): StsOutcome {
  return { status, code, message };
}

function elements(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`)
    .join("");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}

function xmlAnswer(outcome: StsOutcome): HttpAnswer {
  const requestId = randomUUID();
  const namespace = 'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"';
  const headers = { "content-type": "text/xml", "x-amzn-requestid": requestId };
  if ("result" in outcome) {
    const { action, result } = outcome;
    const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
    const body = `<${action}Response ${namespace}><${action}Result>${result}</${action}Result>${metadata}</${action}Response>`;
    return { status: 200, headers, body };
  }
  const { status, code, message } = outcome;
  const error = elements({ Type: "Sender", Code: code, Message: message });
  const id = `<RequestId>${requestId}</RequestId>`;
  const body = `<ErrorResponse ${namespace}><Error>${error}</Error>${id}</ErrorResponse>`;
  return { status, headers, body };
}
