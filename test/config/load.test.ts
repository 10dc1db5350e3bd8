import { describe, expect, test } from "vitest";
import { errorsIn, load } from "./loaded.ts";

const policy = {
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: "untagged", countType: "imageCountMoreThan", countNumber: 1 },
      action: { type: "expire" },
    },
  ],
};

describe("loadRequest", () => {
  test("completes the least with the defaults", async () => {
    expect(await load("image: app\ntargets: eu-west-1\n")).toEqual({
      image: "app",
      version: { kind: "git-tag" },
      build: {
        platforms: ["linux/amd64", "linux/arm64"],
        context: ".",
        dockerfile: "Dockerfile",
        args: {},
        secrets: [],
        ssh: [],
        labels: {},
        contexts: {},
        cacheFrom: [],
        cacheTo: [],
        noCache: false,
        pull: false,
        reproducible: false,
        provenance: "min",
        sbom: false,
      },
      tags: {
        version: ["{version}"],
        commit: ["sha-{sha:12}"],
        floating: ["{major}.{minor}", "{major}", "latest"],
        channel: [],
        gitPrefix: "v",
      },
      targets: [{ region: "eu-west-1" }],
      repository: {
        create: false,
        mutabilityExclusions: [],
        ...{ scanOnPush: false, mountFrom: [] },
        encryption: { type: "AES256" },
        resourceTags: {},
      },
      gates: [],
      adopt: false,
      rebuild: false,
      ...{ onlyTargets: [], layouts: [] },
      git: { allowDirty: false, createTag: false, pushTag: false },
    });
  });

  test("needs no file where the flags are enough", async () => {
    const overrides = {
      image: "app",
      regions: ["us-east-1", "us-east-1"],
      build: { context: "service" },
      version: { kind: "exact", version: "1.2.0" },
      pushGitTag: true,
    } as const;
    expect(await load(undefined, { overrides })).toMatchObject({
      image: "app",
      version: overrides.version,
      build: { context: "service", dockerfile: "service/Dockerfile" },
      targets: [{ region: "us-east-1" }],
      git: { createTag: true, pushTag: true },
    });
  });

  test("takes every key of the file", async () => {
    const text = `
image: payments/api
platforms: [linux/arm/v7, linux/arm/v7]
build:
  context: app
  dockerfile: docker/Dockerfile
  target: runtime
  args: { NODE: 24 }
  secrets: [{ id: a, file: .npmrc }, { id: b, env: B }, "id=c,src=c.txt", "id=d,env=D", "type=env,id=E"]
  ssh: [default]
  labels: { team: payments }
  contexts: { base: ../base }
  cacheFrom: [type=gha]
  cacheTo: ["type=gha,mode=max"]
  noCache: true
  pull: true
  builder: big
  reproducible: true
tags:
  version: ["{version}", "v{version}"]
  commit: "{branch}-{sha}"
  floating: []
  channel: "{channel}"
  gitPrefix: payments@
targets:
  - us-gov-west-1
  - region: eu-west-1
    account: "012345678901"
    profile: production
    role: arn:aws:iam::012345678901:role/ci/release
    externalId: 123456
    sessionName: slipway
repository:
  create: true
  mutability: IMMUTABLE_WITH_EXCLUSION
  mutabilityExclusions: [latest, "1.*"]
  scanOnPush: true
  encryption: { type: KMS, kmsKey: alias/ecr }
  resourceTags: { team: payments }
lifecycle: policies/keep.json
attestations: { provenance: max, sbom: true }
`;
    const read: string[] = [];
    const readFile = async (path: string) => {
      read.push(path);
      return JSON.stringify(policy);
    };
    expect(await load(text, { readFile })).toEqual({
      image: "payments/api",
      version: { kind: "git-tag" },
      build: {
        platforms: ["linux/arm/v7"],
        context: "app",
        dockerfile: "docker/Dockerfile",
        target: "runtime",
        args: { NODE: "24" },
        secrets: [
          { id: "a", file: ".npmrc" },
          { id: "b", env: "B" },
          { id: "c", file: "c.txt" },
          { id: "d", env: "D" },
          { id: "E", env: "E" },
        ],
        ssh: ["default"],
        labels: { team: "payments" },
        contexts: { base: "../base" },
        cacheFrom: ["type=gha"],
        cacheTo: ["type=gha,mode=max"],
        noCache: true,
        pull: true,
        builder: "big",
        reproducible: true,
        provenance: "max",
        sbom: true,
      },
      tags: {
        version: ["{version}", "v{version}"],
        commit: ["{branch}-{sha}"],
        floating: [],
        channel: ["{channel}"],
        gitPrefix: "payments@",
      },
      targets: [
        { region: "us-gov-west-1" },
        {
          region: "eu-west-1",
          account: "012345678901",
          profile: "production",
          role: "arn:aws:iam::012345678901:role/ci/release",
          externalId: "123456",
          sessionName: "slipway",
        },
      ],
      repository: {
        create: true,
        mutability: "IMMUTABLE_WITH_EXCLUSION",
        mutabilityExclusions: ["latest", "1.*"],
        ...{ scanOnPush: true, mountFrom: [] },
        encryption: { type: "KMS", kmsKey: "alias/ecr" },
        resourceTags: { team: "payments" },
      },
      lifecycle: policy,
      gates: [],
      adopt: false,
      rebuild: false,
      ...{ onlyTargets: [], layouts: [] },
      git: { allowDirty: false, createTag: false, pushTag: false },
    });
    expect(read).toEqual(["/project/policies/keep.json"]);
  });

  test("keeps what looks like a number as it was written, outside of the policy", async () => {
    const text = `\uFEFFimage: app\r
build: { args: { VERSION: 1.10, DEBUG: true, MODE: 0o17, BIG: 123456789012345678901 }, labels: { 1.20: 1e3 } }\r
targets: [{ region: eu-west-1, account: 012345678901 }]\r
lifecycle: ${JSON.stringify(policy)}\r
`;
    expect(await load(text)).toMatchObject({
      build: {
        args: { VERSION: "1.10", DEBUG: "true", MODE: "0o17", BIG: "123456789012345678901" },
        labels: { "1.20": "1e3" },
      },
      targets: [{ account: "012345678901" }],
      lifecycle: policy,
    });
  });

  test("follows anchors and merge keys", async () => {
    const text = `image: app
targets:
  - &first { region: eu-west-1, profile: ci, account: 012345678901 }
  - { <<: *first, region: us-east-1 }
`;
    const { targets } = await load(text);
    expect(targets[1]).toEqual({ region: "us-east-1", profile: "ci", account: "012345678901" });
  });

  test("throws one error with all mistakes of the file and the flags", async () => {
    const text = "image: App\ntargets: eu-west-1\nbuild:\n  no-cache: true\n";
    const overrides = { regions: ["moon"], platforms: ["arm64"] };
    await expect(load(text, { file: "ci/slipway.yaml", overrides })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: `4 mistakes in the configuration:
  ci/slipway.yaml:1:8: image: expected a repository name such as payments/api: lower case, two characters or more, no host, no tag, found 'App'
  ci/slipway.yaml:4:3: build.no-cache: unknown key, did you mean 'noCache'?
  --platform: expected a platform such as linux/arm64, found 'arm64'
  --region: expected an AWS region such as eu-west-1, found 'moon'`,
    });
  });
});

describe("readRequest", () => {
  test("says both ways to give what is missing", async () => {
    const wanted = [
      "image: expected 'image: NAME' in the file or --image NAME, found neither",
      "targets: expected 'targets: REGION' in the file or --region REGION, found neither",
    ];
    expect(await errorsIn()).toEqual(wanted);
    expect(await errorsIn("# nothing yet\n")).toEqual(wanted);
    await expect(load()).rejects.toMatchObject({
      suggestions: ["write a slipway.yaml to start from: slipway init"],
    });
    await expect(load("image: app\n")).rejects.toMatchObject({
      suggestions: ["add 'targets: [eu-west-1]' to slipway.yaml, or pass --region eu-west-1"],
    });
  });

  test("does not complain of missing keys where the YAML itself cannot be read", async () => {
    expect(await errorsIn("image: app\n\ttargets: x\n")).toEqual([
      "slipway.yaml:2:1: tabs are not allowed as indentation",
    ]);
  });

  test("joins the mistakes of an inline policy, in the order of the file", async () => {
    const text = `image: app
lifecycle:
  rules:
    - rulePriority: 1
      selection: { tagStatus: any, countType: imageCountMoreThan, countUnit: days, countNumber: 3 }
      action: { typ: expire }
targets: mars
`;
    expect(await errorsIn(text)).toEqual([
      "slipway.yaml:5:78: lifecycle.rules[0].selection.countUnit: countUnit is 'days', expected none beside imageCountMoreThan",
      "slipway.yaml:6:15: lifecycle.rules[0].action.type: type is missing, expected expire or transition",
      "slipway.yaml:6:17: lifecycle.rules[0].action.typ: unknown property 'typ', did you mean 'type'?",
      "slipway.yaml:7:10: targets: expected an AWS region such as eu-west-1, found 'mars'",
    ]);
  });

  test("joins the mistakes of a policy file, under its own name", async () => {
    const text = "image: a\ntargets: eu-west-1\nlifecycle: keep.yaml\n";
    const readFile = async () => "rules:\n  - rulePriority: 0\n";
    expect(await errorsIn(text, { readFile })).toEqual([
      "slipway.yaml:1:8: image: expected a repository name such as payments/api: lower case, two characters or more, no host, no tag, found 'a'",
      "keep.yaml:2:5: rules[0].selection: selection is missing, expected an object",
      "keep.yaml:2:5: rules[0].action: action is missing, expected an object",
      "keep.yaml:2:19: rules[0].rulePriority: rulePriority is 0, expected a whole number of at least 1",
    ]);
  });

  test.each([
    ["ENOENT", "'keep.json' does not exist"],
    ["EISDIR", "'keep.json' is a directory"],
    ["EACCES", "'keep.json' cannot be read (EACCES)"],
  ])("says why a policy file is not read: %s", async (code, why) => {
    const text = "image: app\ntargets: eu-west-1\nlifecycle: keep.json\n";
    const readFile = async () => {
      throw Object.assign(new Error("no"), { code });
    };
    expect(await errorsIn(text, { readFile })).toEqual([
      `slipway.yaml:3:12: lifecycle: expected a policy file, found that ${why}`,
    ]);
  });
});
