import { afterEach, beforeEach, expect, it } from "vitest";
import type { Upload } from "../../src/local/server.ts";
import { makeImage } from "../support/layout.ts";
import { type Rehearsal, rehearsal } from "../support/release.ts";
import { contentOf, named, promote, wanting } from "./promotions.ts";
import { push } from "./tree.ts";

const ireland = { region: "eu-west-1" };
const shape = { platforms: ["linux/amd64"], layers: [50_000], seed: "shared" };
let local: Rehearsal;
const uploads: Upload[] = [];

beforeEach(async () => {
  uploads.length = 0;
  local = await rehearsal({ onUpload: (upload) => uploads.push(upload) });
});
afterEach(() => local[Symbol.asyncDispose]());

it("do not wait for one that is slow", async () => {
  for (const name of ["team/app", "team/web", "team/worker"]) {
    await push(local, ["1.4.0"], makeImage({ ...shape, seed: name }), { name });
  }
  const before = local.requests.length;
  const select = { method: "GET", path: "/v2/team/app/blobs/*" };
  local.ecr.setFaults({ rules: [{ fault: "stall", milliseconds: 5000, ...select, nth: 1 }] });
  const images = ["team/app", "team/web", "team/worker"].map((name) => ({
    ...named("1.4.0"),
    ...{ named: `${name}:1.4.0`, repository: name },
  }));
  await promote(wanting({ images, to: [{ target: ireland }] }));
  const arrived = local.requests
    .slice(before)
    .flatMap(({ method, path }) =>
      method === "PUT" && path.includes("/manifests/") ? [path.split("/")[3]] : [],
    );
  expect(arrived.indexOf("worker")).toBeLessThan(arrived.indexOf("app"));
});

it("bring what both have to one target once", async () => {
  const [here, there] = [makeImage(shape), makeImage({ ...shape, annotations: { of: "there" } })];
  await push(local, ["1.4.0"], here);
  await push(local, ["1.5.0"], there, { region: "ap-south-1" });
  uploads.length = 0;
  const images = [named("1.4.0"), named("1.5.0", "ap-south-1")];
  await promote(wanting({ images, to: [{ target: ireland }] }));
  const content = await contentOf(local.ecr, ireland);
  expect(content).toMatchObject({
    [here.root.digest]: expect.arrayContaining(["1.4.0"]),
    [there.root.digest]: expect.arrayContaining(["1.5.0"]),
  });
  const ofImages = new Set<string>(here.blobs.keys());
  const twice = uploads.filter(({ digest, wasThere }) => wasThere && ofImages.has(digest));
  expect(twice).toEqual([]);
});
