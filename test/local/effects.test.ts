import {
  BatchDeleteImageCommand,
  DeleteRepositoryCommand,
  DescribeRepositoriesCommand,
  PutLifecyclePolicyCommand,
} from "@aws-sdk/client-ecr";
import { afterEach, expect, test } from "vitest";
import { type Effect, type LocalEcr, startLocalEcr, type Upload } from "../../src/local/server.ts";
import { ecrClient, openRepository, refusal, repositoryClient, sha256 } from "./registry.ts";

let ecr: LocalEcr;
const effects: Effect[] = [];
const uploads: Upload[] = [];
let haltAfter = 0;

async function open() {
  effects.length = 0;
  uploads.length = 0;
  haltAfter = 0;
  ecr = await startLocalEcr({
    onEffect(effect) {
      effects.push(effect);
      if (effect.number === haltAfter) ecr.halt();
    },
    onUpload: (upload) => uploads.push(upload),
  });
  return ecrClient(ecr);
}
afterEach(() => ecr.close());

const repositoryName = "team/app";
const lifecyclePolicyText = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 10 },
      action: { type: "expire" },
    },
  ],
});

test("effects are counted in their order, one for what is done at once, none for what only asks", async () => {
  const client = await open();
  const repository = await openRepository(client, repositoryName);
  const image = await repository.pushImage("one", "1.0");
  await repository.putManifest(await (await repository.fetch("/manifests/1.0")).text(), {
    reference: "latest",
  });
  await client.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }));
  const imageIds = [{ imageTag: "1.0" }, { imageDigest: image.digest }];
  await client.send(new BatchDeleteImageCommand({ repositoryName, imageIds }));
  await client.send(new DeleteRepositoryCommand({ repositoryName }));
  expect(effects.map(({ number, kinds, tag }) => [number, kinds, tag ?? ""])).toEqual([
    [1, ["repository"], ""],
    [2, ["blob"], ""],
    [3, ["blob"], ""],
    [4, ["manifest", "tag"], "1.0"],
    [5, ["tag"], "latest"],
    [6, ["lifecycle-policy"], ""],
    [7, ["tag-deleted"], "1.0"],
    [8, ["image-deleted"], ""],
    [9, ["repository-deleted"], ""],
  ]);
  expect(effects[3]).toMatchObject({
    registry: "123456789012/us-east-1",
    repository: repositoryName,
    digest: image.digest,
  });
});

test.each([1, 2, 3, 4])(
  "halting after effect %i leaves exactly so many, and who caused the last is not told",
  async (last) => {
    const client = await open();
    haltAfter = last;
    const push = async () => {
      const repository = await openRepository(client, repositoryName);
      await repository.pushImage("one", "1.0");
    };
    await expect(push()).rejects.toThrow();
    expect(await refusal(client.send(new DescribeRepositoriesCommand({})))).toMatch(
      /ECONNRESET|socket hang up|ECONNREFUSED/,
    );
    expect(effects).toHaveLength(last);
    ecr.resume();
    const repository = await repositoryClient(client, repositoryName);
    const { status } = await repository.fetch("/manifests/1.0");
    expect(status).toBe(last === 4 ? 200 : 404);
  },
);

test("what was under way when all was halted takes no effect", async () => {
  const client = await open();
  const repository = await openRepository(client, repositoryName);
  const start = await repository.fetch("/blobs/uploads/", { method: "POST" });
  const slow = new ReadableStream({
    async pull(controller) {
      controller.enqueue(Buffer.from("first"));
      await new Promise((resolve) => setTimeout(resolve, 50));
      ecr.halt();
      controller.enqueue(Buffer.from("last"));
      controller.close();
    },
  });
  const where = `${start.headers.get("location")}?digest=${sha256("firstlast")}`;
  const init = { method: "PUT", body: slow, duplex: "half" } as RequestInit;
  await expect(repository.fetch(where, init)).rejects.toThrow();
  ecr.resume();
  const head = await repository.fetch(`/blobs/${sha256("firstlast")}`, { method: "HEAD" });
  expect(head.status).toBe(404);
  expect(effects).toHaveLength(1);
});

test("an upload of what is there changes nothing, and is told of", async () => {
  const repository = await openRepository(await open(), repositoryName);
  for (const _ of "12") await repository.pushBlob("the same");
  expect(effects.filter(({ kinds }) => kinds.includes("blob"))).toHaveLength(1);
  const [registry, digest] = ["123456789012/us-east-1", sha256("the same")];
  const told = { registry, repository: repositoryName, digest };
  expect(uploads).toEqual([
    { ...told, wasThere: false },
    { ...told, wasThere: true },
  ]);
});
