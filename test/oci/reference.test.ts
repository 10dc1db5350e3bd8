import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ImageName,
  isDigest,
  isRepositoryName,
  isTag,
  parseEcrHost,
  parseImageName,
  parseReference,
  type Reference,
  wholeDigest,
} from "../../src/oci/reference.ts";

const sha256 = `sha256:${"0123456789abcdef".repeat(4)}` as const;
const sha512 = `sha512:${"0123456789abcdef".repeat(8)}` as const;
const ecr = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

describe("parseReference", () => {
  it.each<[string, Reference]>([
    ["app", { repository: "app" }],
    ["team/app:1.4.0", { repository: "team/app", tag: "1.4.0" }],
    [`${ecr}/team/app:latest`, { host: ecr, repository: "team/app", tag: "latest" }],
    [`${ecr}/app@${sha256}`, { host: ecr, repository: "app", digest: sha256 }],
    [`app:1.4@${sha512}`, { repository: "app", tag: "1.4", digest: sha512 }],
    ["localhost/app", { host: "localhost", repository: "app" }],
    ["localhost:5000/a/b:c", { host: "localhost:5000", repository: "a/b", tag: "c" }],
    ["127.0.0.1:5000/app", { host: "127.0.0.1:5000", repository: "app" }],
    ["[::1]:5000/app", { host: "[::1]:5000", repository: "app" }],
    ["my_host.lan:80/app", { host: "my_host.lan:80", repository: "app" }],
    ["library/busybox", { repository: "library/busybox" }],
  ])("%s", (text, reference) => {
    expect(parseReference(text)).toEqual(reference);
  });

  it.each([
    ["", "'' is not a repository name"],
    ["App", "'App' is not a repository name"],
    ["a", "'a' is not a repository name"],
    ["team//app", "'team//app' is not a repository name"],
    ["app:", "'' is not a tag"],
    ["app:.hidden", "'.hidden' is not a tag"],
    ["app:1:2", "'1:2' is not a tag"],
    ["app:1+2", "'1+2' is not a tag"],
    [`app:${"x".repeat(129)}`, "is not a tag"],
    ["app@sha256:12", "'sha256:12' is not a digest"],
    ["app@", "'' is not a digest"],
    [`app@${sha256}@${sha256}`, "is not a digest"],
    [`app@${sha256.toUpperCase()}`, "is not a digest"],
    ["https://example.com/app", "'https:' is not a host"],
    ["- h.example.com/app:1", "'- h.example.com' is not a host"],
    ["repository: h.example.com/app", "'repository: h.example.com' is not a host"],
    ["arn:aws:ecs:eu-west-1:1:task/app", "'arn:aws:ecs:eu-west-1:1:task' is not a host"],
    [".example.com/app", "is not a host"],
    ["h.example.com:port/app", "is not a host"],
  ])("refuses '%s'", (text, why) => {
    expect(() => parseReference(text)).toThrow(
      expect.objectContaining({ code: "USAGE", message: expect.stringContaining(why) }),
    );
  });

  it("shows the beginning of a word that is no reference, and not megabytes of it", () => {
    const refused = expect.objectContaining({
      message: expect.stringMatching(/^'a{1000}…' is not an image reference: 'a{1000}…' is not/),
    });
    expect(() => parseReference("a".repeat(1_000_000))).toThrow(refused);
  });

  const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/);
  const repository = fc
    .stringMatching(/^[a-z0-9]{2,8}([._/-][a-z0-9]{1,8}){0,3}$/)
    .filter((name) => isRepositoryName(name) && name.split("/")[0] !== "localhost");
  const host = fc.constantFrom(ecr, "localhost", "127.0.0.1:4000", "registry.example.com:443");
  const digest = fc.constantFrom(sha256, sha512);
  const reference = fc
    .record({ host, repository, tag, digest }, { requiredKeys: ["repository"] })
    .filter(({ host, repository }) => host !== undefined || !/^[^/]*\..*\//.test(repository));

  it("takes apart what was put together", () => {
    fc.assert(
      fc.property(reference, (one) => {
        const { host = "", repository, tag, digest } = one;
        const text = `${host && `${host}/`}${repository}${tag ? `:${tag}` : ""}${digest ? `@${digest}` : ""}`;
        expect(parseReference(text)).toEqual(one);
      }),
    );
  });
});

describe("parseEcrHost", () => {
  const account = "001234567890";

  // https://docs.aws.amazon.com/general/latest/gr/ecr.html, and awslabs/amazon-ecr-credential-helper
  it.each([
    [`${account}.dkr.ecr.us-east-1.amazonaws.com`, "us-east-1", false],
    [`${account}.dkr.ecr.us-gov-west-1.amazonaws.com`, "us-gov-west-1", false],
    [`${account}.dkr-ecr.eu-west-1.on.aws`, "eu-west-1", false],
    [`${account}.dkr.ecr-fips.us-east-2.amazonaws.com`, "us-east-2", true],
    [`${account}.dkr-ecr-fips.us-east-2.on.aws`, "us-east-2", true],
    [`${account}.dkr.ecr.cn-north-1.amazonaws.com.cn`, "cn-north-1", false],
    [`${account}.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn`, "cn-north-1", false],
    [`${account}.dkr.ecr.eusc-de-east-1.amazonaws.eu`, "eusc-de-east-1", false],
    [`${account}.dkr.ecr.us-isob-east-1.sc2s.sgov.gov`, "us-isob-east-1", false],
    [`${account}.dkr.ecr.us-iso-east-1.c2s.ic.gov`, "us-iso-east-1", false],
    [`${account}.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk`, "eu-isoe-west-1", false],
    [`${account}.dkr.ecr.us-isof-south-1.csp.hci.ic.gov`, "us-isof-south-1", false],
  ])("%s", (host, region, fips) => {
    expect(parseEcrHost(host)).toEqual({ account, region, fips });
  });

  it.each([
    "public.ecr.aws",
    "docker.io",
    "12345678901.dkr.ecr.us-east-1.amazonaws.com",
    `${account}.dkr.ecr.us-east-1.amazonaws.com.evil.example`,
    `evil.${account}.dkr.ecr.us-east-1.amazonaws.com`,
    `${account}.dkr.ecr.us-east-1xamazonaws.com`,
    `${account}.dkr.ecr.us-east-1.amazonaws.com:443`,
  ])("%s is none", (host) => {
    expect(parseEcrHost(host)).toBeUndefined();
  });
});

describe("names", () => {
  it.each([
    ["1.4.0", true],
    ["_x", true],
    ["x".repeat(128), true],
    ["x".repeat(129), false],
    ["", false],
    ["-x", false],
    ["1.4.0+1", false],
    ["1.4.0\n", false],
  ])("tag '%s': %s", (text, legal) => {
    expect(isTag(text)).toBe(legal);
  });

  it.each([
    ["ab", true],
    ["a", false],
    ["team/app_x__y.z--w", true],
    ["team/App", false],
    ["a___b", false],
    ["-ab", false],
    ["ab/", false],
    ["x".repeat(256), true],
    ["x".repeat(257), false],
  ])("repository '%s': %s", (text, legal) => {
    expect(isRepositoryName(text)).toBe(legal);
  });

  it.each([
    [sha256, true],
    [sha512, true],
    [`${sha256}0`, false],
    [`sha512:${"0".repeat(64)}`, false],
    ["md5:00", false],
  ])("digest '%s': %s", (text, legal) => {
    expect(isDigest(text)).toBe(legal);
  });
});

describe("parseImageName", () => {
  it.each<[string, ImageName]>([
    ["1.4.0", { kind: "tag", tag: "1.4.0" }],
    ["1.4.0+1", { kind: "tag", tag: "1.4.0+1" }],
    ["latest", { kind: "tag", tag: "latest" }],
    [sha256, { kind: "digest", digest: sha256 }],
    ["sha256:0123abc", { kind: "beginning", beginning: "sha256:0123abc" }],
    [
      "team/app@sha256:0123",
      { kind: "repository", reference: { repository: "team/app" }, beginning: "sha256:0123" },
    ],
    ["oci:out", { kind: "layout", directory: "out" }],
    ["oci:C:\\out dir", { kind: "layout", directory: "C:\\out dir" }],
    ["app:1.4", { kind: "repository", reference: { repository: "app", tag: "1.4" } }],
    [
      `${ecr}/team/app@${sha256}`,
      { kind: "repository", reference: { host: ecr, repository: "team/app", digest: sha256 } },
    ],
  ])("%s", (text, name) => {
    expect(parseImageName(text)).toEqual(name);
  });

  it.each([
    ["team/app", "names a repository and no image in it"],
    [`${ecr}/team/app`, "names a repository and no image in it"],
    ["oci:", "'' is not a tag"],
    ["sha256:abc", "'sha256:abc' is not a digest"],
    ["", "'' is not a repository name"],
  ])("refuses %j: %s", (text, why) => {
    expect(() => parseImageName(text)).toThrow(why);
  });

  it.each(["sha256:abc", "team/app@sha256:abc", `${ecr}/team/app@sha256:`])(
    "says of %s how many digits a beginning needs",
    (text) => {
      expect(() => parseImageName(text)).toThrow(
        expect.objectContaining({ suggestions: [expect.stringContaining("first 4 digits")] }),
      );
    },
  );
});

describe("wholeDigest", () => {
  const digests = ["sha256:aaaa1", "sha256:aaaa2", "sha256:bbbb1", "sha256:bbbb1"];

  it("finds the one that begins so, however often it is there", () => {
    expect(wholeDigest("sha256:bbbb", digests, "team/app")).toBe("sha256:bbbb1");
    expect(wholeDigest("sha256:cccc", digests, "team/app")).toBeUndefined();
  });

  it("names those that it may be", () => {
    expect(() => wholeDigest("sha256:aaaa", digests, "team/app")).toThrow(
      "'sha256:aaaa' begins 2 digests of team/app: sha256:aaaa1, sha256:aaaa2",
    );
  });
});
