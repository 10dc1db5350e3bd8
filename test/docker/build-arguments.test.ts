import { describe, expect, test } from "vitest";
import { buildArguments, hasIndex } from "../../src/docker/build-arguments.ts";
import type { BuildSpec } from "../../src/docker/build-spec.ts";
import { buildSpec } from "../support/build-spec.ts";

const options = {
  destination: "/cache/layout",
  metadataFile: "/tmp/metadata.json",
  labels: {},
  annotations: {},
  rootAnnotations: {},
  builder: { knowsOciArtifact: true },
};

const argumentsOf = (fields: Partial<BuildSpec>, others: Partial<typeof options> = {}) =>
  buildArguments(buildSpec(fields), { ...options, ...others });

test("a plain build of two platforms", () => {
  expect(argumentsOf({})).toEqual([
    "build",
    "--platform=linux/amd64,linux/arm64",
    "--file=Dockerfile",
    "--provenance=mode=max",
    "--sbom=false",
    "--output=type=oci,tar=false,dest=/cache/layout,oci-artifact=false",
    "--metadata-file=/tmp/metadata.json",
    "--progress=rawjson",
    ".",
  ]);
});

test("everything a build can ask for", () => {
  const given = argumentsOf({
    builder: "farm",
    context: "service",
    dockerfile: "service/Dockerfile",
    target: "app",
    args: { NODE: "24", EMPTY: "" },
    secrets: [
      { id: "npm", env: "NPM_TOKEN" },
      { id: "key", file: "keys/a,b.pem" },
    ],
    ssh: ["default", "deploy=/run/agent.sock"],
    labels: { team: "ships" },
    contexts: { alpine: "docker-image://alpine:3.22" },
    cacheFrom: ["type=registry,ref=a/b:cache"],
    cacheTo: ["type=inline"],
    noCache: true,
    pull: true,
    sbom: true,
  });
  expect(given).toEqual(
    expect.arrayContaining([
      "--builder=farm",
      "--file=service/Dockerfile",
      "--target=app",
      "--build-arg=NODE=24",
      "--build-arg=EMPTY=",
      "--build-context=alpine=docker-image://alpine:3.22",
      "--secret=id=npm,env=NPM_TOKEN",
      '--secret=id=key,"src=keys/a,b.pem"',
      "--ssh=default",
      "--ssh=deploy=/run/agent.sock",
      "--label=team=ships",
      "--cache-from=type=registry,ref=a/b:cache",
      "--cache-to=type=inline",
      "--no-cache",
      "--pull",
      "--sbom=true",
    ]),
  );
  expect(given.at(-1)).toBe("service");
});

describe("where annotations go", () => {
  const annotations = { "org.opencontainers.image.title": "a, b=c" };

  test.each<[string, Partial<BuildSpec>, string]>([
    ["two platforms", { provenance: "none" }, "index,manifest:"],
    ["one platform with provenance", { platforms: ["linux/amd64"] }, "index,manifest:"],
    [
      "one platform with an sbom",
      { platforms: ["linux/amd64"], provenance: "none", sbom: true },
      "index,manifest:",
    ],
    ["a bare manifest", { platforms: ["linux/amd64"], provenance: "none" }, "manifest:"],
  ])("%s", (_, fields, level) => {
    expect(argumentsOf(fields, { annotations })).toContain(
      `--annotation=${level}org.opencontainers.image.title=a, b=c`,
    );
    expect(hasIndex(buildSpec(fields))).toBe(level.startsWith("index"));
  });
});

test("what tells images of one kind apart stands on the root alone", () => {
  const rootAnnotations = { "org.example.inputs": "1" };
  const whole = argumentsOf({}, { rootAnnotations });
  expect(whole).toContain("--annotation=index:org.example.inputs=1");
  const bare = argumentsOf({ platforms: ["linux/amd64"], provenance: "none" }, { rootAnnotations });
  expect(bare).toContain("--annotation=manifest:org.example.inputs=1");
});

test("the build's own labels win", () => {
  const given = argumentsOf({ labels: { a: "mine" } }, { labels: { a: "default", b: "default" } });
  expect(given.filter((argument) => argument.startsWith("--label"))).toEqual([
    "--label=a=mine",
    "--label=b=default",
  ]);
});

test("a reproducible build has the commit's date in every layer", () => {
  const given = buildArguments(buildSpec({ reproducible: true }), {
    ...options,
    epoch: 1_700_000_000,
  });
  expect(given).toContain("--build-arg=SOURCE_DATE_EPOCH=1700000000");
  expect(given.join(" ")).toContain("rewrite-timestamp=true");
  const plain = buildArguments(buildSpec(), { ...options, epoch: 1_700_000_000 });
  expect(plain.join(" ")).not.toMatch(/SOURCE_DATE_EPOCH|rewrite-timestamp/);
});

test("no attestations, and what the builder does not know", () => {
  expect(argumentsOf({ provenance: "none" })).toContain("--provenance=false");
  expect(argumentsOf({ provenance: "min" })).toContain("--provenance=mode=min");
  const old = argumentsOf({}, { builder: { knowsOciArtifact: false } });
  expect(old.join(" ")).not.toContain("oci-artifact");
});

test("a destination with a comma, and a context named like a flag", () => {
  const given = argumentsOf({ context: "-" }, { destination: '/ca,che/"x"' });
  expect(given).toContain('--output=type=oci,tar=false,"dest=/ca,che/""x""",oci-artifact=false');
  expect(given.at(-1)).toBe("./-");
});
