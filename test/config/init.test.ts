import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { guessGitPrefix, type InitFacts, initialConfig } from "../../src/config/init.ts";
import { loadRequest } from "../../src/config/load.ts";

const policy = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: "untagged", countType: "imageCountMoreThan", countNumber: 1 },
      action: { type: "expire" },
    },
  ],
});

function load(text: string, regions: readonly string[] = []) {
  const readFile = async () => policy;
  return loadRequest({ text, projectDir: "/p", overrides: { regions }, readFile });
}

const found: InitFacts = {
  directoryName: "Shop",
  dockerfile: { path: "docker/Dockerfile", stages: ["build", "runtime"] },
  remote: "git@github.com:team/Shop_API.git",
  region: "eu-west-1",
  gitTags: ["payments@1.2.0", "payments@1.3.0-rc.1", "v0.1.0"],
  next: "1.3.0",
  schema: "./node_modules/slipway/slipway.schema.json",
};

describe("initialConfig", () => {
  test("says what was found", async () => {
    const text = initialConfig(found);
    expect(text).toContain("slipway plan 1.3.0");
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\/node_modules\/slipway\//);
    expect(text).toContain("stages: build, runtime");
    expect(await load(text)).toMatchObject({
      image: "shop-api",
      build: { context: ".", dockerfile: "docker/Dockerfile" },
      tags: { gitPrefix: "payments@" },
      targets: [{ region: "eu-west-1" }],
    });
  });

  test("leaves to the defaults what was not found", async () => {
    const text = initialConfig({ directoryName: "Shop", gitTags: [], next: "0.1.0" });
    expect(text).not.toContain("$schema");
    const bare = await load("image: shop\n", ["eu-west-1"]);
    expect(await load(text, ["eu-west-1"])).toEqual(bare);
  });

  test.each([
    ["with findings", found],
    ["without findings", { directoryName: "shop", gitTags: [], next: "0.1.0" }],
  ])("offers only options that load when their comment sign goes: %s", async (_name, facts) => {
    const option = /^( *)# ?( *(?:\w+:|- |"))/gm;
    const text = initialConfig(facts);
    const uncommented = text.replaceAll(option, "$1$2");
    expect(uncommented).not.toMatch(/^ *# *(?:reproducible|sbom|region|create|channel):/m);
    const loaded = await load(uncommented);
    // With the tags that are offered above it, any other mutability would have to lock a floating tag.
    expect(loaded.repository.mutability).toBeUndefined();
    expect(loaded).toMatchObject({
      build: { target: "runtime", args: { NODE_VERSION: "24" }, reproducible: true, sbom: true },
      tags: { version: ["{version}"], channel: ["{channel}"] },
      targets: [{ region: "eu-west-1" }, { region: "us-east-1", profile: "production" }],
      repository: { create: true, scanOnPush: true },
      lifecycle: { rules: [{ rulePriority: 1 }] },
    });
  });

  test("loads whatever was found", async () => {
    const facts = fc.record(
      {
        directoryName: fc.string({ unit: "binary" }),
        dockerfile: fc.record({
          path: fc.string({ minLength: 1 }),
          stages: fc.array(fc.string({ unit: "binary" }), { maxLength: 3 }),
        }),
        remote: fc.oneof(fc.webUrl(), fc.string()),
        region: fc.oneof(fc.constantFrom("eu-west-1", "us-gov-east-1"), fc.string()),
        next: fc.constant("0.1.0"),
        gitTags: fc.array(
          fc.oneof(fc.stringMatching(/^[!-~]{0,8}\d\.\d\.\d$/), fc.stringMatching(/^[!-~]+$/)),
        ),
      },
      { requiredKeys: ["directoryName", "gitTags", "next"] },
    );
    await fc.assert(
      fc.asyncProperty(facts, async (each) => {
        const request = await load(initialConfig(each as InitFacts), ["eu-west-1"]);
        expect(request.build.dockerfile).toBe(each.dockerfile?.path ?? "Dockerfile");
      }),
    );
  });
});

describe("guessGitPrefix", () => {
  test.each([
    [[], undefined],
    [["nightly", "2026.11"], undefined],
    [["v1.0.0", "v1.1.0"], "v"],
    [["1.0.0"], ""],
    [["payments/v1.0.0", "payments/v1.0.1-rc.1", "v0.1.0"], "payments/v"],
    [["@shop/api@1.0.0"], "@shop/api@"],
    [["v1.0.0", "app-v1.0.0"], "v"],
    [["1.2.3.4", "10.2.3.4"], undefined],
    [["1.2.3+4"], ""],
    [["app-1.2.3-rc.1+build.7"], "app-"],
  ])("of %j is %j", (tags, prefix) => {
    expect(guessGitPrefix(tags)).toBe(prefix);
  });
});
