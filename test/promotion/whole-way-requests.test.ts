import { afterEach, beforeEach, expect, it } from "vitest";
import { makeImage } from "../support/layout.ts";
import { type Rehearsal, rehearsal } from "../support/release.ts";
import { contentOf, named, plan, production, promote, wanting } from "./promotions.ts";
import { push, pushReferrer, pushWithBelongings } from "./tree.ts";

const home = { to: [{ target: { region: "us-east-1" } }] };
let local: Rehearsal;
beforeEach(async () => {
  local = await rehearsal();
  for (const version of ["1.4.0", "1.5.0"]) {
    await pushWithBelongings(local, [version], { seed: version });
  }
});
afterEach(() => local[Symbol.asyncDispose]());

/** What was asked from the beginning; a request is told when its answer has left, and the one who asked may be done by then. */
async function expectAsked(BatchGetImage: number, ListImageReferrers: number, PutImage: number) {
  const count = (name: string) =>
    local.requests.filter(({ operation }) => operation === name).length;
  await expect
    .poll(() => ["BatchGetImage", "ListImageReferrers", "PutImage"].map(count))
    .toEqual([BatchGetImage, ListImageReferrers, PutImage]);
}

it("within a repository asks as little every time, and for nothing that the image holds", async () => {
  const move = (version: string, tag: string) =>
    promote(wanting({ ...home, images: [named(version)], tags: [tag] }));
  await move("1.4.0", "production");
  await expectAsked(2, 0, 1); // its root, and the tag once more before it is written
  await move("1.5.0", "production");
  await expectAsked(4, 1, 2); // and whether a rollback holds the tag
  for (const tag of ["a", "b", "c"]) await move("1.4.0", tag);
  await expectAsked(10, 1, 5);
  await move("1.5.0", "a");
  await expectAsked(12, 2, 6);
  await move("1.5.0", "a");
  await expectAsked(13, 2, 6);
  expect(
    local.requests.filter(({ method, path }) => method === "GET" && /blobs/.test(path)),
  ).toEqual([]);
});

it("between repositories asks together for what is found together, and never about receipts", async () => {
  const { images } = await plan(wanting());
  expect(images[0]).toMatchObject({ attestations: 2, belonging: 5 });
  await expectAsked(4, 10, 0); // the root, what it lists, what refers to these, and what refers to that
  for (const tag of ["a", "b"]) await promote(wanting({ ...home, tags: [tag] }));
  await expectAsked(8, 10, 2);
  const after = await plan(wanting());
  expect(after.images[0]).toMatchObject({ belonging: 7 });
  await expectAsked(12, 20, 2);
});

it("brings a late signature without asking for what the plan has seen at the destination", async () => {
  const first = await promote(wanting());
  const image = makeImage({ layers: [200_000, 3000], attestations: true, seed: "1.4.0" });
  const late = await pushReferrer(local, "late signature", image.root);
  const before = local.requests.length;
  const to = [{ target: production }, { target: production, repository: "elsewhere/app" }];
  const { targets } = await promote(wanting({ to }));
  const heads = (name: string) =>
    local.requests.slice(before).flatMap(({ method, path }) => {
      const isOf = method === "HEAD" && path.startsWith(`/v2/${name}/`);
      return isOf ? path.slice(path.indexOf("sha256:")) : [];
    });
  // Its manifest, config and layer, before and after.
  await expect.poll(() => heads("team/app").length).toBe(6);
  expect(heads("team/app").filter((digest) => digest === late)).toHaveLength(2);
  expect(new Set(heads("elsewhere/app")).size).toBeGreaterThan(20);
  const [again, elsewhere] = targets.map(({ copied }) => copied);
  const all = first.targets[0]?.copied?.movedBlobs ?? 0;
  expect(again).toMatchObject({ movedManifests: 1, movedBlobs: 1, skippedBlobs: all });
  expect(elsewhere).toMatchObject({ movedBlobs: all + 1, skippedBlobs: 0 });
  for (const { uri } of targets) {
    const name = uri.slice(uri.indexOf("/") + 1);
    expect(Object.keys(await contentOf(local.ecr, { ...production, name }))).toContain(late);
  }
});

it("asks for several images of one repository together", async () => {
  const versions = Array.from({ length: 10 }, (_, at) => `2.0.${at}`);
  for (const version of versions) await push(local, [version], makeImage({ seed: version }));
  const { problems } = await plan(wanting({ images: versions.map((version) => named(version)) }));
  expect(problems).toEqual([]);
  await expectAsked(2, 30, 0); // all roots, and what they list
});
