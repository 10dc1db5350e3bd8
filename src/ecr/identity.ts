import { GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { SlipwayError } from "../errors.ts";
import { ask, type Session } from "./session.ts";
import type { Ecr, Identity, RegistryToken } from "./types.ts";

const renewBeforeMs = 30 * 60 * 1000;

/** Who we are and our registry token, each asked once; the token again when under 30 minutes of it remain. */
export function identityQuestions(session: Session): Pick<Ecr, "identity" | "token"> {
  let identity: Promise<Identity> | undefined;
  let token: Promise<RegistryToken> | undefined;
  return {
    identity() {
      identity ??= askIdentity(session);
      return identity;
    },
    async token() {
      token ??= askToken(session);
      const held = await token;
      if (held.expiresAt.getTime() - Date.now() > renewBeforeMs) return held;
      token = askToken(session);
      return await token;
    },
  };
}

async function askIdentity({
  principal,
  credentials,
  requestHandler,
  signal,
}: Session): Promise<Identity> {
  const sts = new STSClient({ region: principal.region, credentials, requestHandler });
  const question = { action: "sts:GetCallerIdentity", about: "the caller" };
  const { Account, Arn } = await ask(question, signal, (options) =>
    sts.send(new GetCallerIdentityCommand({}), options),
  );
  if (!Account || !Arn) throw new SlipwayError("AWS_FAILED", "STS answered without an account");
  return { account: Account, arn: Arn };
}

async function askToken({ client, principal, signal }: Session): Promise<RegistryToken> {
  const question = { action: "ecr:GetAuthorizationToken", about: `* in ${principal.region}` };
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
