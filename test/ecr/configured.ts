import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, vi } from "vitest";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";

/** The local ECR of the test that runs. */
export let ecr: LocalEcr;
let directory: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "slipway-credentials-"));
  ecr = await startLocalEcr();
  for (const name of [...ecr.unset, "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"]) {
    vi.stubEnv(name, undefined);
  }
  for (const [name, value] of Object.entries(ecr.env)) vi.stubEnv(name, value);
  vi.stubEnv("HOME", directory);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await ecr.close();
  rmSync(directory, { recursive: true });
});

/** Nothing of the local ECR's own credentials: what is configured must be what is found. */
export function withoutKeys(): void {
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]) {
    vi.stubEnv(name, undefined);
  }
}

export function write(name: string, text: string): string {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}

export function configure(config: string): void {
  vi.stubEnv("AWS_CONFIG_FILE", write("config", config));
}

export const keysOf = (account: string) =>
  `aws_access_key_id = AKIA${account}TEST\naws_secret_access_key = none\n`;
export const roleOf = (account: string, name = "release") => `arn:aws:iam::${account}:role/${name}`;
export const sessionOf = (account: string, name: string, session: string) =>
  `arn:aws:sts::${account}:assumed-role/${name}/${session}`;

/** What `aws sso login` leaves behind: a token under the digest of its session's name, or of its address. */
export function signIn(of: string, token: object): void {
  mkdirSync(join(directory, ".aws", "sso", "cache"), { recursive: true });
  const name = createHash("sha1").update(of).digest("hex");
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  write(`.aws/sso/cache/${name}.json`, JSON.stringify({ expiresAt, ...token }));
}

export const singleSignOn = `
[profile ship]
sso_start_url = https://example.awsapps.com/start
sso_region = us-east-2
sso_account_id = 000000000006
sso_role_name = Release
`;
