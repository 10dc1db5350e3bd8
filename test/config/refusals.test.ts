import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { errorsIn } from "./loaded.ts";

// One wrong key each, in a file that is right otherwise: what the one message says after its place.
const wrong: readonly (readonly [string, string])[] = [
  [
    "platforms: linux/amd64",
    "platforms: expected a list of platforms, at least one, found 'linux/amd64'",
  ],
  ["platforms: []", "platforms: expected a list of platforms, at least one, found an empty list"],
  ["builds: {}", "builds: unknown key, did you mean 'build'?"],
  [
    "version: 1.0.0",
    "version: unknown key, known are image, images, platforms, build, tags, targets, repository, lifecycle, attestations, gates",
  ],
  ["build: .", "build: expected build settings, found '.'"],
  ["build:", "build: expected build settings, found nothing"],
  ["build: { cache-from: [x] }", "build.cache-from: unknown key, did you mean 'cacheFrom'?"],
  [
    "build: { context: https://github.com/a/b }",
    "build.context: expected a directory, found 'https://github.com/a/b'",
  ],
  ["build: { context: '-' }", "build.context: expected a directory, found '-'"],
  ["build: { pull: yes }", "build.pull: expected true or false, found 'yes'"],
  [
    "build: { args: [A=1] }",
    "build.args: expected build arguments such as {NODE_VERSION: 24}, found a list",
  ],
  ["build: { args: { A: } }", "build.args.A: expected a text, found nothing"],
  ["build: { args: { A: [1] } }", "build.args.A: expected a text, found a list"],
  ["build: { args: { A=1: x } }", "build.args.A=1: 'A=1' cannot be such a name"],
  [
    "gates: { smoke: { capabilities: [NET_BIND_SERVIC] } }",
    "gates.smoke.capabilities[0]: expected a capability that Linux has, such as NET_BIND_SERVICE, found 'NET_BIND_SERVIC'",
  ],
  [
    "gates: { smoke: { memory: 5m } }",
    "gates.smoke.memory: expected an amount of memory from 6m on, such as 512m or 2g, found '5m'",
  ],
  ["build: { ssh: default }", "build.ssh: expected a list such as [default], found 'default'"],
  [
    "build: { secrets: [id=npm] }",
    "build.secrets[0]: expected id=NAME,src=FILE or id=NAME,env=VARIABLE, found 'id=npm'",
  ],
  [
    "build: { secrets: ['id=npm,file=x'] }",
    "build.secrets[0]: expected id=NAME,src=FILE or id=NAME,env=VARIABLE, found 'id=npm,file=x'",
  ],
  [
    "build: { secrets: ['id=a,src=b,env=C'] }",
    "build.secrets[0]: expected id=NAME,src=FILE or id=NAME,env=VARIABLE, found 'id=a,src=b,env=C'",
  ],
  ["build: { secrets: [{ id: a }] }", "build.secrets[0]: expected one of file and env, found none"],
  [
    "build: { secrets: [{ id: a, file: b, env: C }] }",
    "build.secrets[0]: expected one of file and env, found both",
  ],
  [
    "build: { secrets: [{ id: a, file: b }, 'id=a,env=C'] }",
    "build.secrets[1]: expected an id of its own, found 'a' again",
  ],
  [
    "tags: { gitPrefix: [v] }",
    "tags.gitPrefix: expected what stands before the version in git tags, such as v",
  ],
  ["tags: { prefix: v }", "tags.prefix: unknown key, did you mean 'gitPrefix'?"],
  [
    "repository: { mutability: immutable }",
    "repository.mutability: expected one of MUTABLE, IMMUTABLE, MUTABLE_WITH_EXCLUSION, IMMUTABLE_WITH_EXCLUSION, found 'immutable'",
  ],
  [
    "repository: { mutabilityExclusions: [x] }",
    "repository.mutabilityExclusions: expected mutability to be MUTABLE_WITH_EXCLUSION or IMMUTABLE_WITH_EXCLUSION, found no mutability",
  ],
  [
    "repository: { mutability: IMMUTABLE, mutabilityExclusions: [x] }",
    "repository.mutabilityExclusions: expected mutability to be MUTABLE_WITH_EXCLUSION or IMMUTABLE_WITH_EXCLUSION, found 'IMMUTABLE'",
  ],
  [
    "repository: { mutability: MUTABLE_WITH_EXCLUSION }",
    "repository.mutabilityExclusions: expected at least one filter beside mutability MUTABLE_WITH_EXCLUSION, found none",
  ],
  [
    "repository: { mutability: MUTABLE_WITH_EXCLUSION, mutabilityExclusions: [a, b, c, d, e, f] }",
    "repository.mutabilityExclusions: expected at most 5 filters, found 6",
  ],
  [
    "repository: { mutability: MUTABLE_WITH_EXCLUSION, mutabilityExclusions: ['*a*b*'] }",
    "repository.mutabilityExclusions[0]: expected a tag filter of 1 to 128 characters with at most two *, found '*a*b*'",
  ],
  [
    "repository: { encryption: aes }",
    "repository.encryption: expected one of AES256, KMS, KMS_DSSE, found 'aes'",
  ],
  [
    "repository: { encryption: { type: AES256, kmsKey: k } }",
    "repository.encryption.kmsKey: expected no key beside AES256, found 'k'",
  ],
  [
    "repository: { resourceTags: { 'aws:x': y } }",
    "repository.resourceTags.aws:x: 'aws:x' cannot be such a name",
  ],
  [
    `repository: { resourceTags: { x: ${"y".repeat(257)} } }`,
    `repository.resourceTags.x: expected at most 256 characters, found '${"y".repeat(57)}…'`,
  ],
  ["lifecycle: [x]", "lifecycle: expected the path of a policy file, or a policy, found a list"],
  [
    "attestations: { provenance: true }",
    "attestations.provenance: expected one of none, min, max, found true",
  ],
  ["attestations: { sbom: 1 }", "attestations.sbom: expected true or false, found '1'"],
];

const wrongTargets: readonly (readonly [string, string])[] = [
  ["", "targets: expected a target or a list of targets, found nothing"],
  ["[]", "targets: expected a list of targets, at least one, found an empty list"],
  ["us-east", "targets: expected an AWS region such as eu-west-1, found 'us-east'"],
  ["[[eu-west-1]]", "targets[0]: expected a region, or an object with a region, found a list"],
  [
    "{ account: '012345678901' }",
    "targets.region: expected an AWS region such as eu-west-1, found nothing",
  ],
  [
    "{ region: eu-west-1, account: 12345678901 }",
    "targets.account: expected an AWS account of 12 digits, found '12345678901'",
  ],
  [
    "{ region: eu-west-1, role: release }",
    "targets.role: expected the ARN of an IAM role, found 'release'",
  ],
  [
    "{ region: eu-west-1, sessionName: ci }",
    "targets.sessionName: expected a role beside sessionName, found none",
  ],
  [
    "{ region: eu-west-1, external-id: x }",
    "targets.external-id: unknown key, did you mean 'externalId'?",
  ],
  [
    "[eu-west-1, { region: eu-west-1 }]",
    "targets[1]: expected a target of its own, found the same one again",
  ],
];

describe("readRequest refuses", () => {
  test.each(wrong)("%s", async (line, message) => {
    const errors = await errorsIn(`image: app\ntargets: eu-west-1\n${line}\n`);
    expect(errors.map((error) => error.replace(/^slipway\.yaml:3:\d+: /, ""))).toEqual([message]);
  });

  test.each(wrongTargets)("targets: %s", async (targets, message) => {
    const errors = await errorsIn(`image: app\ntargets: ${targets}\n`);
    expect(errors.map((error) => error.replace(/^slipway\.yaml:2:\d+: /, ""))).toEqual([message]);
  });

  test.each(["null", "[]", "3", "app", "- image: app"])("a file that holds %s", async (text) => {
    expect((await errorsIn(text)).length).toBeGreaterThan(0);
  });

  test("and never throws, whatever the file holds", async () => {
    const key = fc.constantFrom(
      "image",
      "build",
      "tags",
      "targets",
      "repository",
      "lifecycle",
      "x",
    );
    const inner = fc.constantFrom("args", "secrets", "version", "floating", "region", "encryption");
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.dictionary(inner, fc.jsonValue({ maxDepth: 2 })),
    );
    const file = fc.oneof(
      fc.dictionary(key, value).map((each) => JSON.stringify(each)),
      fc.string(),
      fc.string({
        unit: fc.constantFrom("a", ":", " ", "\n", "\t", "-", "[", "{", "&", "*", "<", "'"),
      }),
    );
    await fc.assert(
      fc.asyncProperty(file, async (text) => {
        expect((await errorsIn(text)).length).toBeGreaterThan(0);
      }),
      { numRuns: 500, examples: [['{"targets":{"region":{"toString":[]}}}']] },
    );
  });
});
