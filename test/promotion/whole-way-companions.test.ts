import { PutImageTagMutabilityCommand } from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ecrClient, repositoryClient, sha256 } from "../local/registry.ts";
import { type Rehearsal, rehearsal } from "../support/release.ts";
import { contentOf, plan, production, promote, wanting } from "./promotions.ts";
import { type Belongings, type PlaceOptions, pushWithBelongings } from "./tree.ts";

let local: Rehearsal;
let here: Belongings;
beforeEach(async () => {
  local = await rehearsal();
  here = await pushWithBelongings(local, ["1.4.0"]);
});
afterEach(() => local[Symbol.asyncDispose]());

/** Appends a layer to what stands under the image's `.sig` tag, as `cosign sign` does; its digest. */
async function sign(key: string, at: PlaceOptions = {}): Promise<string> {
  const { tag } = here.companion;
  const repository = await repositoryClient(ecrClient(local.ecr, at), "team/app");
  const { layers, ...rest } = JSON.parse(
    await (await repository.fetch(`/manifests/${tag}`)).text(),
  );
  const annotations = { "dev.cosignproject.cosign/signature": key };
  const body = JSON.stringify({ ...rest, layers: [...layers, { ...layers[0], annotations }] });
  expect((await repository.putManifest(body, { reference: tag })).status).toBe(201);
  return sha256(body);
}

const signatureThere = async () => {
  const all = Object.entries(await contentOf(local.ecr, production));
  return all.find(([, tags]) => tags.includes(here.companion.tag))?.[0];
};

it("brings what cosign appended at the source since", async () => {
  await promote(wanting());
  const signed = await sign("second");
  const { steps } = await plan(wanting());
  expect(steps).toContainEqual(
    expect.objectContaining({
      ...{ action: "tag", tag: here.companion.tag, from: here.companion.digest },
      because: "the source's has come further",
    }),
  );
  await promote(wanting());
  expect(await signatureThere()).toBe(signed);
});

it("leaves what was signed at the destination since", async () => {
  await promote(wanting());
  const signed = await sign("theirs", production);
  const { steps } = await promote(wanting());
  expect(steps.filter(({ state }) => state !== "kept")).toEqual([]);
  expect(await signatureThere()).toBe(signed);
});

it("refuses where each has a signature that the other lacks", async () => {
  await promote(wanting());
  const signed = await sign("theirs", production);
  await sign("ours");
  const { problems } = await plan(wanting());
  expect(problems).toMatchObject([{ code: "TAG_TAKEN" }]);
  expect(problems[0]?.message).toContain("123456789012/us-east-1/team/app lacks");
  expect(await signatureThere()).toBe(signed);
});

it("says so where the destination locks it", async () => {
  await promote(wanting({ tags: ["1.4.0"] }));
  await ecrClient(local.ecr, production).send(
    new PutImageTagMutabilityCommand({
      repositoryName: "team/app",
      imageTagMutability: "IMMUTABLE",
    }),
  );
  await sign("second");
  const { problems } = await plan(wanting({ tags: ["1.4.0"] }));
  expect(problems).toMatchObject([
    {
      code: "FLOATING_TAG_LOCKED",
      remedy:
        "aws ecr put-image-tag-mutability --region eu-west-1 --registry-id 210987654321 --repository-name team/app --image-tag-mutability IMMUTABLE_WITH_EXCLUSION --image-tag-mutability-exclusion-filters 'filterType=WILDCARD,filter=sha256-*'",
    },
  ]);
});
