import { afterEach, beforeEach, expect, it } from "vitest";
import { promotionPlanText, promotionText } from "../../src/cli/publishing/promote-text.ts";
import type { Digest } from "../../src/oci/reference.ts";
import { makeImage } from "../support/layout.ts";
import { type Rehearsal, rehearsal } from "../support/release.ts";
import { named, plan, production, promote, wanting } from "./promotions.ts";
import { type Belongings, push, pushWithBelongings } from "./tree.ts";

let local: Rehearsal;
let here: Belongings;
beforeEach(async () => {
  local = await rehearsal();
  here = await pushWithBelongings(local, ["1.4.0"]);
});
afterEach(() => local[Symbol.asyncDispose]());

it("tells what an image of one platform runs on", async () => {
  const { manifests } = JSON.parse(String(here.image.blobs.get(here.root as Digest)));
  const { digest } = manifests[1];
  const alone = { ...named("1.4.0"), named: "alone", image: { digest } };
  const { images } = await plan(wanting({ images: [alone], tags: ["alone"] }));
  expect(images[0]?.platforms).toMatchObject([{ platform: "linux/arm64", digest }]);
  const home = [{ target: { region: "us-east-1" } }];
  const staying = await plan(wanting({ images: [alone], tags: ["alone"], to: home }));
  expect(staying.images[0]?.platforms).toEqual([]);
});

it("tells the tags of signatures in the receipt, and what they are on", async () => {
  const { tag, digest } = here.companion;
  const receipt = await promote(wanting());
  expect(receipt.targets[0]?.images[0]?.companions).toEqual([
    { tag, kind: "companion", from: null, to: digest, because: "the companion tag is free" },
  ]);
  expect(promotionText(receipt)).toContain(`    ${tag}  new`);
  expect(receipt.targets[0]?.images[0]?.tags.map((move) => move.tag)).not.toContain(tag);
});

it("tells which of several images a tag is for", async () => {
  await pushWithBelongings(local, ["2.0.0"], { seed: "second" });
  const images = [named("1.4.0"), named("2.0.0")];
  const planned = await plan(wanting({ images }));
  const text = promotionPlanText(planned);
  expect(text).toContain("+ tag 1 of team/app:1.4.0");
  expect(text).toContain("+ tag latest of team/app:2.0.0");
  expect(text).toContain("= keep tag latest of team/app:1.4.0");
  const tag = { action: "tag", tag: "1.4.0", named: "team/app:1.4.0" };
  expect(planned.steps).toContainEqual(expect.objectContaining(tag));
  expect(promotionPlanText(await plan(wanting()))).not.toContain("of team/app:1.4.0");
});

it("names a destination once where two sources bring to it, and no other beside it", async () => {
  await push(local, ["2.0.0"], makeImage({ seed: "second" }), { name: "team/other" });
  const images = [named("1.4.0"), { ...named("2.0.0"), repository: "team/other" }];
  const both = [{ target: production, repository: "both" }];
  const planned = await plan(wanting({ images, to: both }));
  const [target] = planned.targets;
  const targets = [...planned.targets, ...(target ? [{ ...target, id: "elsewhere" }] : [])];
  expect(promotionPlanText({ ...planned, targets })).toMatch(
    /verify the upload +no tag is written before everything is there \(210987654321\/eu-west-1\/both\)\n/,
  );
});

it("tells of an image of another registry that ECR alone is read", async () => {
  const host = "ghcr.io";
  const elsewhere = [named("1.4.0"), { ...named("1.0.0"), repository: "no/where" }];
  const images = elsewhere.map((wish) => ({ ...wish, host }));
  const { problems } = await plan(wanting({ images }));
  for (const { remedy } of problems) expect(remedy).toMatch(/^ghcr\.io has not the form of ECR/);
  expect(problems).toHaveLength(2);
});
