import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  PutImageCommand,
} from "@aws-sdk/client-ecr";
import { expect, it } from "vitest";
import { waysOut } from "../../src/release/problem.ts";
import { ecrClient, manifestOf, repositoryClient } from "../local/registry.ts";
import { prepareLayout } from "../support/prepared.ts";
import { project } from "../support/project.ts";
import { type Rehearsal, rehearsal, release, verify } from "../support/release.ts";

const repositoryName = "team/app";

/** Takes `tag` from its image in the west and gives it to the image of `other`, as only a deletion allows. */
async function retag({ ecr }: Rehearsal, tag: string, other: string): Promise<string> {
  const west = ecrClient(ecr, { region: "eu-west-1" });
  const at = (imageTag: string) => ({ repositoryName, imageIds: [{ imageTag }] });
  await west.send(new BatchDeleteImageCommand(at(tag)));
  const { images } = await west.send(new BatchGetImageCommand(at(other)));
  const imageManifest = images?.[0]?.imageManifest;
  await west.send(new PutImageCommand({ repositoryName, imageManifest, imageTag: tag }));
  return images?.[0]?.imageId?.imageDigest ?? "";
}

const files = {
  Dockerfile: "FROM scratch\nCOPY . /\n",
  "slipway.yaml": `image: ${repositoryName}\ntargets: [us-east-1, eu-west-1]\nrepository: { create: true }\n`,
};

it("names no command that takes floating tags to a version that is another image elsewhere", async () => {
  await using local = await rehearsal();
  using made = project(files);
  await prepareLayout(made, local);
  const { receipt } = await release(made, "1.0.0");
  made.commit({ more: "" });
  await prepareLayout(made, local, { layers: [500] });
  await release(made, "2.0.0");
  const wrong = await retag(local, "1.0.0", "2.0.0");
  const { targets } = await verify(made, "1.0.0");
  const failed = targets.flatMap(({ checks }) => checks.filter(({ holds }) => !holds));
  expect(failed.find(({ name }) => name === "tag 1")?.found).toBe(
    `${receipt.digest}, and 1.0.0 is ${wrong}`,
  );
  expect(waysOut(failed)).toEqual(["release another version: a published one is never replaced"]);
});

it("tells a size that a manifest makes up, and names no command that takes floating tags there", async () => {
  await using local = await rehearsal();
  using made = project(files);
  await prepareLayout(made, local);
  await release(made, "1.0.0");
  for (const region of ["us-east-1", "eu-west-1"]) {
    const repository = await repositoryClient(ecrClient(local.ecr, { region }), repositoryName);
    const config = await repository.pushBlob("{}");
    const layer = await repository.pushBlob("a layer");
    const body = manifestOf(config, [{ ...layer, size: layer.size + 1 }]);
    expect((await repository.putManifest(body, { reference: "1.1.0" })).status).toBe(201);
  }
  const { targets, notes } = await verify(made, "1.1.0");
  const failed = targets.flatMap(({ checks }) => checks.filter(({ holds }) => !holds));
  expect(failed.find(({ name }) => name === "content")?.found).toMatch(
    /^blob sha256:\w+ has 7 bytes in the registry, and a manifest says 8$/,
  );
  expect(failed.map(({ name }) => name)).toContain("tag latest");
  expect([...waysOut(failed), ...notes.flatMap(({ remedy }) => remedy ?? [])]).toEqual([]);
});
