import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateRepositoryCommand,
  CreateRepositoryCreationTemplateCommand,
  DeleteRegistryPolicyCommand,
  DeleteRepositoryCreationTemplateCommand,
  DescribeRepositoriesCommand,
  DescribeRepositoryCreationTemplatesCommand,
  GetAccountSettingCommand,
  GetLifecyclePolicyCommand,
  GetRegistryPolicyCommand,
  PutAccountSettingCommand,
  PutRegistryPolicyCommand,
  UpdateRepositoryCreationTemplateCommand,
} from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";
import {
  ecrClient,
  openRepository,
  type RepositoryClient,
  refusal,
  repositoryClient,
  sha256,
} from "./registry.ts";

let ecr: LocalEcr;
let client: ReturnType<typeof ecrClient>;
beforeEach(async () => {
  ecr = await startLocalEcr({ now: () => new Date("2026-03-01T12:00:00Z") });
  client = ecrClient(ecr);
});
afterEach(() => ecr.close());

describe("account settings", () => {
  test("are as AWS sets them, and can be changed to what AWS knows", async () => {
    const get = (name: string) => client.send(new GetAccountSettingCommand({ name }));
    const put = (name: string, value: string) =>
      client.send(new PutAccountSettingCommand({ name, value }));
    expect((await get("BLOB_MOUNTING")).value).toBe("DISABLED");
    expect((await get("REGISTRY_POLICY_SCOPE")).value).toBe("V2");
    expect(await put("BLOB_MOUNTING", "ENABLED")).toMatchObject({ value: "ENABLED" });
    expect((await get("BLOB_MOUNTING")).value).toBe("ENABLED");
    expect(await refusal(put("BLOB_MOUNTING", "ON"))).toMatch(/^InvalidParameterException/);
    expect(await refusal(get("__proto__"))).toMatch(/^InvalidParameterException: .*'name'/);
  });

  test("are kept with the data, for each registry", async () => {
    const dir = mkdtempSync(join(tmpdir(), "settings-"));
    try {
      const mounting = { name: "BLOB_MOUNTING", value: "ENABLED" };
      await using first = await startLocalEcr({ dir });
      await ecrClient(first).send(new PutAccountSettingCommand(mounting));
      await first.close();
      await using second = await startLocalEcr({ dir });
      const get = new GetAccountSettingCommand(mounting);
      expect((await ecrClient(second).send(get)).value).toBe("ENABLED");
      const elsewhere = ecrClient(second, { region: "eu-west-1" });
      expect((await elsewhere.send(get)).value).toBe("DISABLED");
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

describe("mounting a layer", () => {
  const mount = (into: RepositoryClient, digest: string, from: string) =>
    into.fetch(`/blobs/uploads/?mount=${digest}&from=${from}`, { method: "POST" });
  const enable = () =>
    client.send(new PutAccountSettingCommand({ name: "BLOB_MOUNTING", value: "ENABLED" }));

  test("is off at first, and on when the account says so", async () => {
    const source = await openRepository(client, "source");
    await source.pushImage("shared", "1.0");
    const target = await openRepository(client, "target");
    const digest = sha256("shared");
    expect((await mount(target, digest, "source")).status).toBe(202);
    await enable();
    const mounted = await mount(target, digest, "source");
    expect(mounted.status).toBe(201);
    expect(mounted.headers.get("location")).toBe(`/v2/target/blobs/${digest}`);
    expect(mounted.headers.get("docker-content-digest")).toBe(digest);
    expect((await target.fetch(`/blobs/${digest}`, { method: "HEAD" })).status).toBe(200);
  });

  test("is an upload where the source lacks it, uses it in no image, or is encrypted otherwise", async () => {
    await enable();
    const source = await openRepository(client, "source");
    const { digest } = await source.pushBlob("alone");
    const target = await openRepository(client, "target");
    expect((await mount(target, digest, "source")).status).toBe(202);
    expect((await mount(target, sha256("nowhere"), "source")).status).toBe(202);
    expect((await mount(target, digest, "nowhere")).status).toBe(202);
    await source.pushImage("used", "1.0");
    const encryptionConfiguration = { encryptionType: "KMS" } as const;
    const other = { repositoryName: "other", encryptionConfiguration };
    await client.send(new CreateRepositoryCommand(other));
    const encrypted = await repositoryClient(client, "other");
    expect((await mount(encrypted, sha256("used"), "source")).status).toBe(202);
    expect((await mount(target, sha256("used"), "source")).status).toBe(201);
  });
});

test("a registry's policy is kept, given back and dropped", async () => {
  const policyText =
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"ecr:ReplicateImage","Resource":"*"}]}';
  const get = () => client.send(new GetRegistryPolicyCommand({}));
  expect(await refusal(get())).toBe(
    "RegistryPolicyNotFoundException: Registry policy does not exist in the registry with id '123456789012'",
  );
  await client.send(new PutRegistryPolicyCommand({ policyText }));
  expect((await get()).policyText).toBe(policyText);
  await client.send(new DeleteRegistryPolicyCommand({}));
  expect(await refusal(get())).toMatch(/^RegistryPolicyNotFoundException/);
  expect(await refusal(client.send(new PutRegistryPolicyCommand({ policyText: "[" })))).toMatch(
    /^InvalidParameterException/,
  );
});

describe("creation templates", () => {
  const lifecyclePolicy = JSON.stringify({
    rules: [
      {
        rulePriority: 1,
        selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 10 },
        action: { type: "expire" },
      },
    ],
  });
  const resourceTags = [{ Key: "by", Value: "template" }];
  const customRoleArn = "arn:aws:iam::123456789012:role/templates";
  const create = (prefix: string, more: object = {}) =>
    client.send(
      new CreateRepositoryCreationTemplateCommand({
        prefix,
        appliedFor: ["CREATE_ON_PUSH"],
        ...more,
      }),
    );

  test("make repositories on push, the longest prefix first, as they say", async () => {
    await create("ROOT", { imageTagMutability: "IMMUTABLE" });
    await create("team", { lifecyclePolicy, resourceTags, customRoleArn });
    await create("team/other", { appliedFor: ["REPLICATION"] });
    for (const name of ["team/other/app", "teams", "team/app"]) {
      const repository = await repositoryClient(client, name);
      expect((await repository.fetch(`/blobs/${sha256("x")}`, { method: "HEAD" })).status).toBe(
        404,
      );
      await repository.pushImage(name, "1.0");
    }
    const { repositories } = await client.send(new DescribeRepositoriesCommand({}));
    expect(
      repositories?.map(({ repositoryName, imageTagMutability }) => [
        repositoryName,
        imageTagMutability,
      ]),
    ).toEqual([
      ["team/app", "MUTABLE"],
      ["team/other/app", "MUTABLE"],
      ["teams", "IMMUTABLE"],
    ]);
    const ask = new GetLifecyclePolicyCommand({ repositoryName: "team/app" });
    expect((await client.send(ask)).lifecyclePolicyText).toBe(lifecyclePolicy);
  });

  test.each([{ resourceTags }, { encryptionConfiguration: { encryptionType: "KMS" } }])(
    "make none where they lack the role for it: %j",
    async (asked) => {
      await create("team", asked);
      const repository = await repositoryClient(client, "team/app");
      const start = () => repository.fetch("/blobs/uploads/", { method: "POST" });
      expect((await start()).status).toBe(404);
      const given = { prefix: "team", customRoleArn };
      await client.send(new UpdateRepositoryCreationTemplateCommand(given));
      expect((await start()).status).toBe(202);
    },
  );

  test("hold policies that a repository may have", async () => {
    expect(await refusal(create("a", { repositoryPolicy: "{}" }))).toMatch(
      /^InvalidParameterException: .*'Invalid repository policy provided'/,
    );
    expect(await refusal(create("a", { lifecyclePolicy: "{}" }))).toMatch(
      /^InvalidParameterException: /,
    );
  });

  test("make none where none is for pushing", async () => {
    await create("team", { appliedFor: ["REPLICATION"] });
    const repository = await repositoryClient(client, "team/app");
    expect((await repository.fetch("/blobs/uploads/", { method: "POST" })).status).toBe(404);
  });

  test("are described, updated in what is named, and deleted", async () => {
    await create("b", { description: "one", lifecyclePolicy });
    await create("a");
    expect(await refusal(create("a"))).toMatch(/^TemplateAlreadyExistsException/);
    ecr.advance(1000);
    await client.send(
      new UpdateRepositoryCreationTemplateCommand({
        prefix: "b",
        description: "two",
        imageTagMutability: "IMMUTABLE",
      }),
    );
    const describeAll = (more: object) =>
      client.send(new DescribeRepositoryCreationTemplatesCommand(more));
    const first = await describeAll({ maxResults: 1 });
    expect(first.repositoryCreationTemplates?.map(({ prefix }) => prefix)).toEqual(["a"]);
    const second = await describeAll({ nextToken: first.nextToken });
    expect(second.repositoryCreationTemplates).toEqual([
      {
        prefix: "b",
        description: "two",
        appliedFor: ["CREATE_ON_PUSH"],
        imageTagMutability: "IMMUTABLE",
        encryptionConfiguration: { encryptionType: "AES256" },
        resourceTags: [],
        lifecyclePolicy,
        createdAt: new Date("2026-03-01T12:00:00Z"),
        updatedAt: new Date("2026-03-01T12:00:01Z"),
      },
    ]);
    await client.send(new DeleteRepositoryCreationTemplateCommand({ prefix: "b" }));
    const again = client.send(new DeleteRepositoryCreationTemplateCommand({ prefix: "b" }));
    expect(await refusal(again)).toMatch(/^TemplateNotFoundException/);
    expect(await refusal(create("Upper"))).toMatch(/^InvalidParameterException/);
  });
});
