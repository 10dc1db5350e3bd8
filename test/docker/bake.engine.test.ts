import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { build, type ImageBuild } from "../../src/docker/build.ts";
import type { BuildSpec } from "../../src/docker/build-spec.ts";
import { type BuilderFacts, observeBuilder } from "../../src/docker/builder.ts";
import type { BuildEvent } from "../../src/docker/progress.ts";
import { type Descriptor, isAttestation, parseManifest } from "../../src/oci/manifest.ts";
import { buildSpec } from "../support/build-spec.ts";
import { useEngine } from "../support/engine.ts";

let top: string;
let project: string;
let builder: BuilderFacts;
let contexts: Readonly<Record<string, string>>;
let made = 0;

/** What HCL would expand. */
const home = ["$", "{HOME}"].join("");

const dockerfile = `FROM busybox:1.37 AS base
ARG SALT
RUN echo "$SALT" > /salt && test "$SALT" = '${home}' && echo shared
FROM base AS api
RUN --mount=type=secret,id=key test "$(cat /run/secrets/key)" = file-secret && echo api > /name
FROM base AS web
RUN echo web > /name
FROM base AS broken
RUN echo compiling >&2; echo no ship.h >&2; exit 7
`;

beforeAll(async () => {
  ({ contexts } = await useEngine());
  builder = await observeBuilder();
  top = mkdtempSync(join(tmpdir(), "slipway-bake-"));
  project = mkdtempSync(join(top, "project-"));
  writeFileSync(join(top, "key.pem"), "file-secret");
  writeFileSync(join(project, "Dockerfile"), dockerfile);
  writeFileSync(join(project, "page.Dockerfile"), "FROM base\nCOPY Dockerfile /page\n");
});
afterAll(() => rmSync(top, { recursive: true, force: true }));

function image(name: string, fields: Partial<BuildSpec>, events: BuildEvent[] = []): ImageBuild {
  made += 1;
  const args = { SALT: home };
  return {
    image: `shop/${name}`,
    spec: buildSpec({ contexts, args, target: name, ...fields }),
    destination: join(top, `layout-${made}`),
    labels: { "org.example.title": `${name}, its ${home}` },
    annotations: { "org.example.title": `${name} = ${home}` },
    rootAnnotations: { "org.example.inputs": name },
    epoch: 1_700_000_000,
    report: (event) => events.push(event),
  };
}

const buildAll = (images: readonly ImageBuild[]) =>
  build(images, { builder, projectDir: project, registryAuth: [], env: process.env });

function manifestIn({ destination }: ImageBuild, { digest, mediaType }: Descriptor) {
  return parseManifest(readFileSync(join(destination, "blobs", ...digest.split(":"))), mediaType);
}

/** What of an image must not depend on its company: its platforms' manifests, and what stands on its root. */
function identityOf(one: ImageBuild, root: Descriptor = expect.fail("it was not built")) {
  const { annotations, ...manifest } = manifestIn(one, root);
  if (manifest.kind !== "index") return { digest: root.digest };
  const images = manifest.manifests.filter((entry) => !isAttestation(entry));
  return { annotations, platforms: images.map(({ digest }) => digest) };
}

test("an image is the same alone and in company", async () => {
  const outside = { secrets: [{ id: "key", file: "../key.pem" }] };
  const fields = {
    api: outside,
    web: { platforms: ["linux/amd64"], provenance: "none", reproducible: true },
  } satisfies Record<string, Partial<BuildSpec>>;
  const together = [image("api", fields.api), image("web", fields.web)];
  const roots = await buildAll(together);
  const alone = [image("api", fields.api), image("web", fields.web)];
  for (const [at, one] of alone.entries()) {
    const [root] = await buildAll([one]);
    expect(identityOf(together[at] as ImageBuild, roots[at])).toEqual(identityOf(one, root));
  }
  expect(identityOf(together[0] as ImageBuild, roots[0]).platforms).toHaveLength(2);
  expect(identityOf(together[1] as ImageBuild, roots[1])).toHaveProperty("digest");
});

test("a failure is that of its image, with its own output", async () => {
  const platforms = ["linux/amd64"];
  const [web, broken]: BuildEvent[][] = [[], []];
  const building = buildAll([
    image("web", { platforms, noCache: true }, web),
    image("broken", { platforms, noCache: true }, broken),
  ]);
  await expect(building).rejects.toMatchObject({
    code: "BUILD_FAILED",
    message: expect.stringMatching(
      /^shop\/broken: the build step '\[broken 1\/1\] RUN echo compiling.*\(Dockerfile:9\).*exit code: 7\n {2}compiling\n {2}no ship\.h$/s,
    ),
    suggestions: ["look at Dockerfile:9"],
  });
  const stepsOf = (events: readonly BuildEvent[] = []) =>
    events.flatMap((event) => (event.type === "build-step" ? event.name : []));
  expect(stepsOf(broken).some((name) => name.startsWith("[broken 1/1] RUN"))).toBe(true);
  expect(stepsOf(web).join()).not.toMatch(/broken|shop-/);
});

test("one image with a linked target", async () => {
  const page = image("page", {
    dockerfile: "page.Dockerfile",
    contexts: { base: "target:web" },
    linked: { web: buildSpec({ contexts, args: { SALT: home }, target: "web" }) },
  });
  const { target: _, ...spec } = page.spec;
  const [root] = await buildAll([{ ...page, spec }]);
  expect(identityOf(page, root).platforms).toHaveLength(2);
});
