import type { Handler, HttpAnswer, HttpRequest } from "../http.ts";
import { Refusal } from "../refusal.ts";
import type { Replication } from "../replication.ts";
import type { Signing } from "../signing.ts";
import { type Registry, registryKey, type State } from "../state.ts";
import { callerOf, hasExpired } from "./caller.ts";
import { answerEcr, errorAnswer, targetPrefix } from "./ecr-api.ts";
import { answerSts } from "./sts-api.ts";

export interface ControlPlane {
  readonly state: State;
  /** The account of callers whose access key names none. */
  readonly account: string;
  readonly registryOf: (account: string, region: string) => Promise<Registry>;
  readonly isReplicating: Replication["isUnderWay"];
  readonly signingStatesOf: Signing["statesOf"];
}

/** The API endpoint: ECR and STS at one address, told apart by their protocols. */
export function controlPlane(plane: ControlPlane): Handler {
  return async (request) => {
    if (request.path !== "/") return { status: 404, body: "" };
    if (request.method !== "POST") return { status: 405, headers: { allow: "POST" }, body: "" };
    const isEcr = request.header("x-amz-target")?.startsWith(targetPrefix) ?? false;
    const answer = await (isEcr ? ecr(plane, request) : sts(plane, request));
    // SDKs take the time from it, to know how far their own clock is off.
    const date = new Date(plane.state.now()).toUTCString();
    return { ...answer, headers: { ...answer.headers, date } };
  };
}

/** The registry (`ACCOUNT/REGION`) that a call comes from, when it is signed. */
export function registryOfCall(
  { state, account }: Pick<ControlPlane, "state" | "account">,
  request: HttpRequest,
): string | undefined {
  const caller = callerOf(request, { secret: state.secret, account });
  return caller && registryKey(caller.account, caller.region);
}

async function ecr(plane: ControlPlane, request: HttpRequest): Promise<HttpAnswer> {
  const { state, account } = plane;
  const caller = callerOf(request, { secret: state.secret, account });
  if (!caller) {
    const message = "Missing Authentication Token";
    return errorAnswer(new Refusal("MissingAuthenticationTokenException", message));
  }
  if (hasExpired(caller, state.now())) {
    const message = "The security token included in the request is expired";
    return errorAnswer(new Refusal("ExpiredTokenException", message));
  }
  const registryOf = (id = caller.account) => plane.registryOf(id, caller.region);
  return await answerEcr(request, {
    state,
    caller,
    registryOf,
    isReplicating: plane.isReplicating,
    signingStatesOf: plane.signingStatesOf,
  });
}

async function sts({ state, account }: ControlPlane, request: HttpRequest): Promise<HttpAnswer> {
  const { secret } = state;
  const caller = callerOf(request, { secret, account });
  return await answerSts(request, { caller, secret, now: state.now(), roles: state.roles });
}
