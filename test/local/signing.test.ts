import {
  DeleteSigningConfigurationCommand,
  DescribeImageSigningStatusCommand,
  GetSigningConfigurationCommand,
  ListImageReferrersCommand,
  PutSigningConfigurationCommand,
} from "@aws-sdk/client-ecr";
import { afterEach, expect, test } from "vitest";
import { type LocalEcr, type LocalEcrOptions, startLocalEcr } from "../../src/local/server.ts";
import { signerOf } from "../../src/oci/signature.ts";
import { ecrClient, indexOf, ociIndex, openRepository, refusal } from "./registry.ts";

const repositoryName = "team/app";
const signingProfileArn = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/releases";
const rule = {
  signingProfileArn,
  repositoryFilters: [{ filter: "team/*", filterType: "WILDCARD_MATCH" as const }],
};

let ecr: LocalEcr;
afterEach(() => ecr.close());

async function start(options: LocalEcrOptions = {}, rules: readonly object[] = [rule]) {
  ecr = await startLocalEcr({ now: () => new Date("2026-03-01T12:00:00Z"), ...options });
  const client = ecrClient(ecr);
  await put(client, rules);
  const repository = await openRepository(client, repositoryName);
  const statesOf = async (imageDigest: string, name = repositoryName) => {
    const ask = { repositoryName: name, imageId: { imageDigest } };
    const { signingStatuses } = await client.send(new DescribeImageSigningStatusCommand(ask));
    return signingStatuses;
  };
  const referrersOf = async (imageDigest: string) => {
    const ask = { repositoryName, subjectId: { imageDigest } };
    return (await client.send(new ListImageReferrersCommand(ask))).referrers ?? [];
  };
  return { client, repository, statesOf, referrersOf };
}

const put = (client: ReturnType<typeof ecrClient>, rules: readonly object[]) =>
  client.send(
    new PutSigningConfigurationCommand({ signingConfiguration: { rules: rules as never } }),
  );

test("what is pushed is signed a while later, an index too, and a signature never", async () => {
  const { repository, statesOf, referrersOf, client } = await start();
  const child = await repository.pushImage("one");
  const index = await repository.putManifest(indexOf([child]), { type: ociIndex, reference: "1" });
  const root = index.headers.get("docker-content-digest") ?? "";
  expect(await statesOf(root)).toEqual([{ signingProfileArn, status: "IN_PROGRESS" }]);
  expect(await referrersOf(root)).toEqual([]);
  ecr.advance(500);
  for (const digest of [root, child.digest]) {
    expect(await statesOf(digest)).toEqual([{ signingProfileArn, status: "COMPLETE" }]);
    const [signature, ...more] = await referrersOf(digest);
    expect(more).toEqual([]);
    if (!signature?.digest) expect.fail("no signature");
    const { artifactType = "", annotations = {} } = signature;
    expect(signerOf({ artifactType, annotations })).toBe("notation");
    const pulled = await repository.fetch(`/manifests/${signature.digest}`);
    expect(await pulled.json()).toMatchObject({ subject: { digest } });
    ecr.advance(500);
    expect(await statesOf(signature.digest)).toEqual([]);
  }
  const other = await openRepository(client, "other/app");
  const unsigned = await other.pushImage("two");
  expect(await statesOf(unsigned.digest, "other/app")).toEqual([]);
});

test("who may not use the profile has no signature, and the status says why", async () => {
  const { repository, statesOf, referrersOf } = await start({ deny: ["signer:SignPayload"] });
  const { digest } = await repository.pushImage("one");
  ecr.advance(500);
  expect(await statesOf(digest)).toEqual([
    {
      signingProfileArn,
      status: "FAILED",
      failureCode: "AccessDeniedException",
      failureReason: expect.stringContaining("signer:SignPayload"),
    },
  ]);
  expect(await referrersOf(digest)).toEqual([]);
});

test("the configuration is given back and deleted; profiles are of the registry's own region", async () => {
  const { client } = await start();
  const configuration = { registryId: "123456789012", signingConfiguration: { rules: [rule] } };
  const get = () => client.send(new GetSigningConfigurationCommand({}));
  expect(await get()).toMatchObject(configuration);
  const far = { signingProfileArn: signingProfileArn.replace("us-east-1", "eu-west-1") };
  expect(await refusal(put(client, [far]))).toMatch(/^ValidationException: .* us-east-1/);
  expect(await refusal(put(client, [{ signingProfileArn: "mine" }]))).toMatch(
    /^InvalidParameterException/,
  );
  const deleted = await client.send(new DeleteSigningConfigurationCommand({}));
  expect(deleted).toMatchObject(configuration);
  expect(await refusal(get())).toMatch(/^SigningConfigurationNotFoundException: Signing conf/);
  const again = client.send(new DeleteSigningConfigurationCommand({}));
  expect(await refusal(again)).toMatch(/^SigningConfigurationNotFoundException/);
});
