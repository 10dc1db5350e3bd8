import { afterEach, beforeEach, expect, it } from "vitest";
import { digestOf, mediaTypes } from "../../src/oci/manifest.ts";
import { contentCheck } from "../../src/release/verifying/checks.ts";
import { lookAt } from "../../src/release/verifying/look.ts";
import { ecrClient, repositoryClient } from "../local/registry.ts";
import type { Content } from "../support/layout.ts";
import { type Rehearsal, rehearsal } from "../support/release.ts";
import { contentOf, openOutside, production, promote, wanting } from "./promotions.ts";
import { push } from "./tree.ts";

let local: Rehearsal;
beforeEach(async () => {
  local = await rehearsal();
});
afterEach(() => local[Symbol.asyncDispose]());

const foreign = Buffer.from("a base layer of Windows");

/** An image whose first layer is kept by somebody else; in the registry too where it `hasIt`. */
function windowsImage(hasIt: boolean): Content {
  const config = Buffer.from(JSON.stringify({ os: "windows", architecture: "amd64" }));
  const own = Buffer.from("our own layer");
  const described = (bytes: Buffer, mediaType: string) => ({
    ...{ mediaType, digest: digestOf(bytes), size: bytes.length },
  });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.dockerManifest,
      config: described(config, mediaTypes.dockerConfig),
      layers: [
        {
          ...described(foreign, "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"),
          urls: ["https://example.com/layer"],
        },
        described(own, "application/vnd.docker.image.rootfs.diff.tar.gzip"),
      ],
    }),
  );
  const all = [config, own, ...(hasIt ? [foreign] : []), manifest];
  return {
    root: described(manifest, mediaTypes.dockerManifest),
    blobs: new Map(all.map((bytes) => [digestOf(bytes), bytes])),
  };
}

async function promoted(hasIt: boolean) {
  const image = windowsImage(hasIt);
  await push(local, ["1.4.0"], image);
  const receipt = await promote(wanting());
  expect((await contentOf(local.ecr, production))[image.root.digest]).toContain("1.4.0");
  const there = await repositoryClient(ecrClient(local.ecr, production), "team/app");
  return { image, receipt, foreign: await there.fetch(`/blobs/${digestOf(foreign)}`) };
}

it("an image goes elsewhere without a foreign layer that its registry does not have", async () => {
  const { receipt, foreign } = await promoted(false);
  expect(foreign.status).toBe(404);
  expect(receipt.targets[0]?.copied).toMatchObject({ movedBlobs: 2, skippedBlobs: 0 });
});

it("a foreign layer that the registry has goes along", async () => {
  expect((await promoted(true)).foreign.status).toBe(200);
});

it("an image is whole without its foreign layer, and verifying says where that is", async () => {
  const { image } = await promoted(false);
  const world = openOutside();
  const { account } = production;
  const id = { name: "team/app", registryId: account };
  const uri = (await world.ecr(production).repository(id))?.uri ?? "";
  const place = { request: production, account, name: id.name, uri };
  const seen = await lookAt(image.root.digest, place, world);
  if (seen instanceof Error) throw seen;
  const { holds, found } = contentCheck(seen);
  expect(holds).toBe(true);
  expect(found).toMatch(/all there, and 1 foreign kept elsewhere$/);
});
