import { UpdateImageStorageClassCommand } from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ecrClient } from "../local/registry.ts";
import { type Rehearsal, rehearsal } from "../support/release.ts";
import { plan, production, promote, wanting } from "./promotions.ts";
import { type Belongings, pushWithBelongings } from "./tree.ts";

let local: Rehearsal;
let here: Belongings;
beforeEach(async () => {
  local = await rehearsal();
  here = await pushWithBelongings(local, ["1.4.0"]);
  await promote(wanting());
});
afterEach(() => local[Symbol.asyncDispose]());

const archive = (imageDigest: string) =>
  ecrClient(local.ecr, production).send(
    new UpdateImageStorageClassCommand({
      repositoryName: "team/app",
      imageId: { imageDigest },
      targetStorageClass: "ARCHIVE",
    }),
  );

it.each([
  ["the image", ({ root }: Belongings) => root],
  ["what is tagged with its digest", ({ companion }: Belongings) => companion.digest],
])(
  "at the destination %s in the archive is a problem that says how to restore it",
  async (_, of) => {
    await archive(of(here));
    const { problems, steps } = await plan(wanting());
    expect(problems).toMatchObject([
      { code: "IMAGE_ARCHIVED", target: `${production.account}/eu-west-1/team/app` },
    ]);
    expect(problems[0]?.remedy).toContain(
      `--registry-id ${production.account} --repository-name team/app --image-id imageDigest=${of(here)}`,
    );
    expect(steps.filter(({ action }) => action === "copy")).toEqual([]);
  },
);

it("what ECR gives nobody a list of, such as a signature in the archive, is told with its way out", async () => {
  await archive(here.signature);
  await expect(plan(wanting())).rejects.toMatchObject({
    code: "AWS_FAILED",
    message: expect.stringContaining(here.signature),
    suggestions: [
      expect.stringContaining("update-image-storage-class"),
      expect.stringContaining("run the same command again"),
    ],
  });
});
