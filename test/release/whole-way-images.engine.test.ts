import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import ReleaseCommand from "../../commands/release.ts";
import type { Receipts } from "../../src/release/receipt.ts";
import { runCommand } from "../support/command.ts";
import { useEngine } from "../support/engine.ts";
import { type Project, project } from "../support/project.ts";
import { type Rehearsal, rehearsal } from "../support/release.ts";

const dockerfile = `
FROM busybox:1.37 AS shared
ARG SALT
RUN head -c 32 /dev/urandom > "/shared-$SALT"
FROM shared AS api
COPY name.txt /api.txt
FROM shared AS web
COPY name.txt /web.txt
`;

/** Compose finds the paths from its own file, and this project's from slipway.yaml beside it. */
const compose = `services:
  api:
    image: registry.example.com/shop/api
    build: { context: ., target: api, args: { SALT: ${randomUUID()} }, platforms: [linux/amd64] }
  web:
    extends: { service: api }
    build: { target: web }
  page:
    build: { context: page, additional_contexts: { base: "service:web" }, platforms: [linux/amd64] }
  database:
    image: postgres:17
`;

let shop: Project;
let local: Rehearsal;

beforeAll(async () => {
  const { contexts } = await useEngine();
  local = await rehearsal();
  shop = project({
    "slipway.yaml": `targets: [us-east-1, eu-west-1]
repository: { create: true }
attestations: { provenance: none }
build: { bake: compose.yaml, contexts: ${JSON.stringify(contexts)} }
images: { shop/api: {}, shop/web: {}, shop/page: {} }
`,
    "compose.yaml": compose,
    Dockerfile: dockerfile,
    "name.txt": "shop\n",
    "page/Dockerfile": "FROM base\nCOPY Dockerfile /page\n",
  });
});

afterAll(async () => {
  shop?.[Symbol.dispose]();
  await local?.[Symbol.asyncDispose]();
});

it("services of a Compose file are released together, and what they share is built once", async () => {
  const { value, exit, stderr } = await runCommand(ReleaseCommand, ["1.0.0"], { cwd: shop.dir });
  expect(exit, stderr).toBe(0);
  const { receipts } = value as Receipts;
  expect(receipts.map(({ image, content }) => `${image} by ${content}`)).toEqual([
    "shop/api by build",
    "shop/web by build",
    "shop/page by build",
  ]);
  const [api, web, page] = receipts.map(({ source, digest }) => {
    const layout = join(local.cacheDir, "layouts", source.inputs.replace(":", "-"));
    return JSON.parse(readFileSync(join(layout, "blobs", ...digest.split(":")), "utf8"));
  });
  const layersOf = ({ layers }: { layers: { digest: string }[] }) =>
    layers.map((one) => one.digest);
  // Its content is random: were it built twice, the digests would differ.
  expect(layersOf(api).slice(0, 2)).toEqual(layersOf(web).slice(0, 2));
  expect(layersOf(api)[2]).not.toBe(layersOf(web)[2]);
  // The linked service is the very image that is released beside it.
  expect(layersOf(page).slice(0, 3)).toEqual(layersOf(web));
});
