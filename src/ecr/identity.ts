import { GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { ask } from "../aws/request.ts";
import { patient } from "../aws/throttling.ts";
import { SlipwayError } from "../errors.ts";
import type { Session } from "./session.ts";
import type { Ecr, Identity, RegistryToken } from "./types.ts";

/** A registry that refuses an answer this young does not mean its age. */
const youngMs = 60_000;
const renewBeforeMs = 30 * 60 * 1000;

/**
 * Who we are and our registry token, each asked once however many wait for it; the token again when under
 * 30 minutes of it remain or a registry refused it, and either again when asking failed.
 */
export function identityQuestions(session: Session): Pick<Ecr, "now" | "identity" | "token"> {
  return {
    now: () => timeAtAws(session),
    identity: kept(
      () => askIdentity(session),
      () => true,
    ),
    token: kept(
      () => askToken(session),
      ({ expiresAt }) => expiresAt.getTime() - timeAtAws(session) > renewBeforeMs,
    ),
  };
}

/** The SDK takes the time from a header of whole seconds: an offset below is that, and no clock that is off. */
const roundingMs = 2000;

/** By a clock of ours that is half a day ahead every token would be over: the SDK knows how far it is off. */
function timeAtAws({ client }: Session): number {
  const { systemClockOffset: offset } = client.config;
  return Date.now() + (Math.abs(offset) < roundingMs ? 0 : offset);
}

/** Asks when nothing is held, or nothing good any more, and never twice at the same time. */
function kept<T>(
  asking: () => Promise<T>,
  isGood: (held: T) => boolean,
): (refused?: T) => Promise<T> {
  let held: { readonly answer: T; readonly at: number } | undefined;
  let asked: Promise<T> | undefined;
  const renew = async () => {
    try {
      const answer = await asking();
      held = { answer, at: Date.now() };
      return answer;
    } finally {
      asked = undefined;
    }
  };
  return async (refused) => {
    const isRefused = held?.answer === refused && Date.now() - (held?.at ?? 0) > youngMs;
    if (held && !isRefused && isGood(held.answer)) return held.answer;
    asked ??= renew();
    return await asked;
  };
}

async function askIdentity({
  principal,
  credentials,
  requestHandler,
  signal,
  patience,
}: Session): Promise<Identity> {
  const options = { region: principal.region, credentials, requestHandler };
  const sts = patient(new STSClient(options), patience);
  const question = { action: "sts:GetCallerIdentity", about: "the caller" };
  const { Account, Arn } = await ask(question, signal, (options) =>
    sts.send(new GetCallerIdentityCommand({}), options),
  );
  if (!Account || !Arn) throw new SlipwayError("AWS_FAILED", "STS answered without an account");
  return { account: Account, arn: Arn };
}

async function askToken({ client, principal, signal }: Session): Promise<RegistryToken> {
  const question = {
    action: "ecr:GetAuthorizationToken",
    about: `* in ${principal.region}`,
    resource: "*",
  };
  const { authorizationData } = await ask(question, signal, (options) =>
    client.send(new GetAuthorizationTokenCommand({}), options),
  );
  const [data] = authorizationData ?? [];
  if (!data?.authorizationToken || !data.proxyEndpoint) {
    throw new SlipwayError("AWS_FAILED", "ECR answered without an authorization token");
  }
  const [username = "", ...password] = Buffer.from(data.authorizationToken, "base64")
    .toString("utf8")
    .split(":");
  return {
    username,
    password: password.join(":"),
    expiresAt: data.expiresAt ?? new Date(),
    origin: new URL(data.proxyEndpoint).origin,
  };
}
