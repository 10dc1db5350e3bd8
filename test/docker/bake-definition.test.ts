import { expect, test } from "vitest";
import { bakeArguments, bakeDefinition } from "../../src/docker/bake-definition.ts";
import { bakeNames } from "../../src/docker/bake-names.ts";
import type { BuildSpec } from "../../src/docker/build-spec.ts";
import { buildSpec } from "../support/build-spec.ts";

const options = { destination: "/store/a", labels: {}, annotations: {}, rootAnnotations: {} };
const linkedTo = (fields: Partial<BuildSpec> = {}) => {
  const { reproducible: _, provenance: __, sbom: ___, ...linked } = buildSpec(fields);
  return linked;
};

function definitionOf(fields: Partial<BuildSpec>, others: object = {}) {
  const images = [{ image: "shop/app", spec: buildSpec(fields), ...options, ...others }];
  const builder = { knowsOciArtifact: true };
  return JSON.parse(bakeDefinition(images, bakeNames(images), builder)).target;
}

test("a plain build of two platforms says what docker buildx build is told", () => {
  const annotations = { "org.example.title": "a, b=c" };
  const rootAnnotations = { "org.example.inputs": "1" };
  const labels = { team: "x", tier: "of the release" };
  const spec = { labels: { tier: "of the build file" } };
  const others = { annotations, rootAnnotations, labels, epoch: 1_700_000_000 };
  expect(definitionOf(spec, others)).toEqual({
    "shop-app": {
      context: ".",
      dockerfile: "Dockerfile",
      platforms: ["linux/amd64", "linux/arm64"],
      args: {},
      contexts: {},
      labels: { team: "x", tier: "of the build file" },
      annotations: ["index,manifest:org.example.title=a, b=c", "index:org.example.inputs=1"],
      attest: ["type=provenance,mode=max", "type=sbom,disabled=true"],
      output: ["type=oci,tar=false,dest=/store/a,oci-artifact=false"],
      ...{ secret: [], ssh: [], "cache-from": [], "cache-to": [] },
      ...{ "no-cache": false, pull: false },
    },
  });
});

test("everything a build can ask for, secrets by reference", () => {
  const spec: Partial<BuildSpec> = {
    context: "service",
    dockerfile: "docker/app.Dockerfile",
    target: "app",
    platforms: ["linux/amd64"],
    secrets: [
      { id: "npm", env: "NPM_TOKEN" },
      { id: "key", file: "keys/a,b.pem" },
    ],
    ssh: ["default", "deploy=/run/agent.sock"],
    contexts: { alpine: "docker-image://alpine:3.22" },
    cacheFrom: ["type=registry,ref=a/b:cache"],
    cacheTo: ["type=inline"],
    ...{ noCache: true, pull: true, reproducible: true, provenance: "none" },
  };
  expect(definitionOf(spec, { epoch: 1_700_000_000 })["shop-app"]).toMatchObject({
    context: "service",
    dockerfile: "../docker/app.Dockerfile",
    target: "app",
    args: { SOURCE_DATE_EPOCH: "1700000000" },
    secret: ["id=npm,env=NPM_TOKEN", 'id=key,"src=keys/a,b.pem"'],
    ssh: ["default", "deploy=/run/agent.sock"],
    contexts: { alpine: "docker-image://alpine:3.22" },
    "cache-from": ["type=registry,ref=a/b:cache"],
    "cache-to": ["type=inline"],
    attest: ["type=provenance,disabled=true", "type=sbom,disabled=true"],
    output: ["type=oci,tar=false,dest=/store/a,rewrite-timestamp=true"],
    ...{ "no-cache": true, pull: true },
  });
});

test("nothing is a template: HCL expands every text of a definition", () => {
  const [sign, percent] = ["$", "%"];
  const { args, annotations } = definitionOf(
    {
      args: {
        HOME: `${sign}{HOME}`,
        TWO: `${sign}{A}${sign}{B}`,
        [`${sign}{A}`]: `${percent}{if x}`,
      },
    },
    { annotations: { "org.example.a": `${sign}{A}` } },
  )["shop-app"];
  expect(args).toEqual({
    HOME: `${sign}${sign}{HOME}`,
    TWO: `${sign}${sign}{A}${sign}${sign}{B}`,
    [`${sign}${sign}{A}`]: `${percent}${percent}{if x}`,
  });
  expect(annotations).toEqual([`index,manifest:org.example.a=${sign}${sign}{A}`]);
});

test.each([
  ["service", "docker/Dockerfile", "../docker/Dockerfile"],
  ["service", "/srv/Dockerfile", "/srv/Dockerfile"],
  ["/srv/service", "docker/Dockerfile", "cwd://docker/Dockerfile"],
  ["https://github.com/shop/app.git#v1", "docker/Dockerfile", "docker/Dockerfile"],
])("of the context %s the Dockerfile %s is bake's %s", (context, dockerfile, said) => {
  expect(definitionOf({ context, dockerfile })["shop-app"].dockerfile).toBe(said);
});

test("a linked target is one without an output, and a rebuild makes it anew too", () => {
  const linked = {
    base: linkedTo({ contexts: { root: "target:root" }, target: "base" }),
    root: linkedTo({ dockerfile: "root.Dockerfile", platforms: ["linux/amd64"] }),
  };
  const contexts = { base: "target:base", lib: "lib" };
  const targets = definitionOf({ linked, contexts, noCache: true, pull: true });
  expect(Object.keys(targets)).toEqual(["shop-app", "shop-app_base", "shop-app_root"]);
  expect(targets["shop-app"].contexts).toEqual({ base: "target:shop-app_base", lib: "lib" });
  expect(targets["shop-app_base"]).toMatchObject({
    target: "base",
    contexts: { root: "target:shop-app_root" },
    ...{ "no-cache": true, pull: true },
  });
  expect(targets["shop-app_root"]).toMatchObject({ platforms: ["linux/amd64"] });
  for (const key of ["output", "attest", "annotations"]) {
    expect(targets["shop-app_base"]).not.toHaveProperty(key);
  }
});

test("the call names its targets and its builder, and reads the definition", () => {
  expect(bakeArguments(["a", "b"], "farm", "/tmp/m.json")).toEqual([
    ...["bake", "--builder=farm", "--file=-", "--metadata-file=/tmp/m.json"],
    ...["--progress=rawjson", "a", "b"],
  ]);
});
