import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { devNull, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { credentialsOf } from "../../src/aws/credentials.ts";
import { requestHandlerFor } from "../../src/aws/request.ts";

const directory = mkdtempSync(join(tmpdir(), "slipway-credentials-"));
const node = `'${process.execPath}' -e`;
const keys = `{Version:1,AccessKeyId:"AKIA",SecretAccessKey:"x"}`;

beforeAll(() => {
  const config = join(directory, "config");
  writeFileSync(
    config,
    [
      "[profile hangs]",
      `credential_process = ${node} 'setTimeout(()=>{},3000)'`,
      "[profile gives]",
      `credential_process = ${node} 'console.log(JSON.stringify(${keys}))'`,
    ].join("\n"),
  );
  vi.stubEnv("AWS_CONFIG_FILE", config);
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", devNull);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
});

const of = (profile: string, waiting: Parameters<typeof credentialsOf>[2]) =>
  credentialsOf({ region: "eu-west-1", profile }, requestHandlerFor(undefined), waiting)();

it("a credential_process that does not end is waited for as long as it may take", async () => {
  await expect(of("hangs", { limitMs: 300 })).rejects.toMatchObject({
    code: "CREDENTIALS_MISSING",
    message: expect.stringContaining("no AWS credentials of profile 'hangs' within 0.3 s"),
    suggestions: ["aws sts get-caller-identity --profile hangs"],
  });
});

it("and no longer once Ctrl-C is pressed", async () => {
  const signal = AbortSignal.timeout(200);
  await expect(of("hangs", { signal })).rejects.toMatchObject({ code: "INTERRUPTED" });
  await expect(of("hangs", { signal })).rejects.toMatchObject({ code: "INTERRUPTED" });
});

it("one that ends gives its keys", async () => {
  expect(await of("gives", {})).toMatchObject({ accessKeyId: "AKIA" });
});
