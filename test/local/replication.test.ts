import {
  CreateRepositoryCreationTemplateCommand,
  DescribeImageReplicationStatusCommand,
  DescribeImagesCommand,
  DescribeRegistryCommand,
  DescribeRepositoriesCommand,
  PutImageTagMutabilityCommand,
  PutReplicationConfigurationCommand,
} from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";
import {
  ecrClient,
  indexOf,
  ociIndex,
  openRepository,
  refusal,
  repositoryClient,
} from "./registry.ts";

const repositoryName = "team/app";
const elsewhere = { region: "eu-west-1", registryId: "123456789012" };
let ecr: LocalEcr;
let client: ReturnType<typeof ecrClient>;
let far: ReturnType<typeof ecrClient>;

beforeEach(async () => {
  ecr = await startLocalEcr({
    now: () => new Date("2026-03-01T12:00:00Z"),
    replicationLagMs: 5000,
  });
  client = ecrClient(ecr);
  far = ecrClient(ecr, { region: "eu-west-1" });
});
afterEach(() => ecr.close());

async function replicate(prefix?: string, destination = elsewhere) {
  const repositoryFilters = prefix && [{ filter: prefix, filterType: "PREFIX_MATCH" as const }];
  const rules = [{ destinations: [destination], ...(repositoryFilters && { repositoryFilters }) }];
  const replicationConfiguration = { rules };
  return await client.send(new PutReplicationConfigurationCommand({ replicationConfiguration }));
}

async function tagsThere(): Promise<string[]> {
  const { imageDetails } = await far.send(new DescribeImagesCommand({ repositoryName }));
  return (imageDetails ?? []).flatMap(({ imageTags }) => imageTags ?? []);
}

async function status(imageTag = "1.0") {
  const ask = { repositoryName, imageId: { imageTag } };
  const { replicationStatuses } = await client.send(new DescribeImageReplicationStatusCommand(ask));
  return replicationStatuses;
}

test("what is pushed is somewhere else, whole, after a while", async () => {
  await replicate();
  const repository = await openRepository(client, repositoryName);
  const child = await repository.pushImage("child");
  await repository.putManifest(indexOf([child]), { type: ociIndex, reference: "1.0" });
  expect(await status()).toEqual([{ ...elsewhere, status: "IN_PROGRESS" }]);
  expect(await refusal(tagsThere())).toMatch(/^RepositoryNotFoundException/);
  ecr.advance(5000);
  expect(await status()).toEqual([{ ...elsewhere, status: "COMPLETE" }]);
  expect(await tagsThere()).toEqual(["1.0"]);
  const there = await repositoryClient(far, repositoryName);
  const pulled = await there.fetch(`/manifests/${child.digest}`);
  const { layers } = (await pulled.json()) as { layers: { digest: string }[] };
  const blob = await there.fetch(`/blobs/${layers[0]?.digest}`);
  expect(await blob.text()).toBe("child");
});

test("what was pushed before the rule stays here, and has no status that would never change", async () => {
  const repository = await openRepository(client, repositoryName);
  await repository.pushImage("before", "0.9");
  await replicate();
  await repository.pushImage("after", "1.0");
  expect(await status("0.9")).toEqual([]);
  ecr.advance(5000);
  expect(await status("0.9")).toEqual([]);
  expect(await tagsThere()).toEqual(["1.0"]);
});

test("only names that a rule fits go, and what came by replication goes no further", async () => {
  await replicate("team/");
  const back = { region: "us-east-1", registryId: "123456789012" };
  const rules = [{ destinations: [back, { ...back, region: "ap-south-1" }] }];
  await far.send(new PutReplicationConfigurationCommand({ replicationConfiguration: { rules } }));
  await (await openRepository(client, "other/app")).pushImage("other", "1.0");
  await (await openRepository(client, repositoryName)).pushImage("one", "1.0");
  ecr.advance(5000);
  const names = async (region: string) => {
    const { repositories } = await ecrClient(ecr, { region }).send(
      new DescribeRepositoriesCommand({}),
    );
    return repositories?.map((one) => one.repositoryName);
  };
  expect(await names("eu-west-1")).toEqual([repositoryName]);
  ecr.advance(5000);
  expect(await names("ap-south-1")).toEqual([]);
});

test("an immutable tag there stays where it is; the image comes without it", async () => {
  const there = await openRepository(far, repositoryName);
  await there.pushImage("theirs", "1.0");
  const imageTagMutability = "IMMUTABLE";
  await far.send(new PutImageTagMutabilityCommand({ repositoryName, imageTagMutability }));
  await replicate();
  const ours = await (await openRepository(client, repositoryName)).pushImage("ours", "1.0");
  ecr.advance(5000);
  expect(await tagsThere()).toEqual(["1.0"]);
  expect((await there.fetch(`/manifests/${ours.digest}`)).status).toBe(200);
  expect((await there.fetch("/manifests/1.0")).headers.get("docker-content-digest")).not.toBe(
    ours.digest,
  );
});

test("a template of the destination says how repositories are made there", async () => {
  await far.send(
    new CreateRepositoryCreationTemplateCommand({
      prefix: "ROOT",
      appliedFor: ["REPLICATION"],
      imageTagMutability: "IMMUTABLE",
    }),
  );
  await replicate();
  await (await openRepository(client, repositoryName)).pushImage("one", "1.0");
  ecr.advance(5000);
  const { repositories } = await far.send(new DescribeRepositoriesCommand({}));
  expect(repositories?.[0]?.imageTagMutability).toBe("IMMUTABLE");
});

test("a filter is the beginning of a repository's name", async () => {
  expect(await refusal(replicate("Team"))).toMatch(/^InvalidParameterException/);
  await replicate("team/a_");
});

test("the configuration is given back, and none may lead to itself", async () => {
  await replicate("team/");
  const { replicationConfiguration } = await client.send(new DescribeRegistryCommand({}));
  expect(replicationConfiguration?.rules).toEqual([
    {
      destinations: [elsewhere],
      repositoryFilters: [{ filter: "team/", filterType: "PREFIX_MATCH" }],
    },
  ]);
  const itself = { region: "us-east-1", registryId: "123456789012" };
  expect(await refusal(replicate(undefined, itself))).toMatch(/^InvalidParameterException/);
});
