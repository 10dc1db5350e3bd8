import { expect, it } from "vitest";
import type { World } from "../../src/release/world.ts";
import { rehearsal } from "../support/release.ts";
import { contentOf, named, openOutside, promote, wanting } from "./promotions.ts";
import { pushWithBelongings } from "./tree.ts";

const [first, second] = ["ap-south-1", "eu-west-1"];
const others = [first, second].map((region) => ({ target: { region } }));

/** Another job is quicker wherever this one is about to write the version tag at the first region. */
function overtakenBy(root: string): World {
  const world = openOutside();
  const id = { name: "team/app" };
  const quicker = async (tag: string) => {
    const ecr = world.ecr({ region: first });
    const [manifest] = await ecr.manifests(id, [{ digest: root as `sha256:${string}` }]);
    if (manifest) await ecr.tag(id, tag, manifest);
  };
  return {
    ...world,
    ecr: (target) => {
      const ecr = world.ecr(target);
      if (target.region !== first) return ecr;
      return {
        ...ecr,
        tag: async (where, tag, manifest) => {
          if (tag === "1.4.0") await quicker(tag);
          return await ecr.tag(where, tag, manifest);
        },
      };
    },
  };
}

it("leaves a version that another image took at the first region alone everywhere, in whatever order they are named", async () => {
  await using local = await rehearsal();
  const ours = await pushWithBelongings(local, ["1.4.0"], { seed: "ours" });
  const theirs = await pushWithBelongings(local, ["theirs"], { seed: "theirs" });
  await promote(wanting({ images: [named("1.4.0")], to: others, tags: ["1.0.0"] }));
  await promote(wanting({ images: [named("theirs")], to: others, tags: ["theirs"] }));
  const to = others.toReversed();
  const wish = wanting({ images: [named("1.4.0")], to, tags: ["1.4.0"] });
  await expect(promote(wish, overtakenBy(theirs.root))).rejects.toMatchObject({
    code: "VERSION_TAKEN",
  });
  const at = async (region: string) => await contentOf(local.ecr, { region });
  expect((await at(first))[theirs.root]).toContain("1.4.0");
  expect((await at(second))[ours.root]).toEqual(["1.0.0"]);
});
