import { describe, expect, it } from "vitest";
import type { BuildSpec } from "../../src/docker/build-spec.ts";
import { mentionedHosts } from "../../src/release/applying/registry-auth.ts";
import { buildSpec } from "../support/build-spec.ts";

const account = "123456789012";
const hostIn = (region: string, of = account) => `${of}.dkr.ecr.${region}.amazonaws.com`;
const request = { region: "us-east-1", role: "arn:aws:iam::123456789012:role/release" };
const target = (uri: string | null) => ({ id: "", account, region: "us-east-1", request, uri });
const targets = [target(`${hostIn("us-east-1")}/team/app`)];

const hosts = (spec: Partial<BuildSpec>, dockerfile = "", all = targets) =>
  mentionedHosts(buildSpec(spec), dockerfile, all);

describe("the registries that a build mentions", () => {
  it.each<[string, Partial<BuildSpec>, string, string[]]>([
    ["none", {}, "FROM busybox:1.37\nCOPY . /srv/app/", []],
    ["ECR Public and others", {}, "FROM public.ecr.aws/x/y\nFROM ghcr.io/a/b", []],
    ["a target's, in FROM", {}, `FROM ${hostIn("us-east-1")}/base:1`, [hostIn("us-east-1")]],
    [
      "a target's, in the cache",
      { cacheTo: [`type=registry,ref=${hostIn("us-east-1")}/cache`] },
      "",
      [hostIn("us-east-1")],
    ],
    [
      "another region's, in the cache",
      { cacheFrom: [`type=registry,ref=${hostIn("eu-west-1")}/cache`] },
      "",
      [hostIn("eu-west-1")],
    ],
    ["another region's", {}, `FROM ${hostIn("eu-west-1")}/base`, [hostIn("eu-west-1")]],
    [
      "another account's, in an argument",
      { args: { BASE: `${hostIn("us-east-1", "098765432109")}/base` } },
      "",
      [hostIn("us-east-1", "098765432109")],
    ],
    ["an argument's default", {}, `FROM \${BASE:-${hostIn("eu-west-1")}/a}`, [hostIn("eu-west-1")]],
    [
      "in a context",
      { contexts: { base: `docker-image://${hostIn("eu-west-1")}/base` } },
      "",
      [hostIn("eu-west-1")],
    ],
    [
      "the same twice",
      {},
      `FROM ${hostIn("eu-west-1")}/a\nFROM ${hostIn("eu-west-1")}/b`,
      [hostIn("eu-west-1")],
    ],
    ["a host without a repository", {}, `LABEL home=${hostIn("us-east-1")}`, []],
  ])("%s", (_what, spec, dockerfile, expected) => {
    expect(hosts(spec, dockerfile).map(({ host }) => host)).toEqual(expected);
  });

  it("are found at once beside a long word that names none", () => {
    const began = performance.now();
    expect(hosts({ args: { DATA: "a".repeat(60_000) } })).toEqual([]);
    expect(performance.now() - began).toBeLessThan(1000);
  });

  it("are asked as the target's principal in its region, and as the default one elsewhere", () => {
    const dockerfile = `FROM ${hostIn("us-east-1", "098765432109")}/a\nFROM ${hostIn("eu-west-1")}/b`;
    expect(hosts({}, dockerfile).map((host) => host.target)).toEqual([
      request,
      { region: "eu-west-1" },
    ]);
  });

  it("may be local, and a repository may still be missing", () => {
    const local = [target("127.0.0.1:4510/app"), target(null)];
    expect(hosts({}, "FROM 127.0.0.1:4510/base", local)).toEqual([
      { host: "127.0.0.1:4510", target: request },
    ]);
  });
});
