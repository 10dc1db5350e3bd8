import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { joinEntries } from "../../src/oci/join.ts";
import { digestOf } from "../../src/oci/manifest.ts";
import type { GivenImage } from "../../src/release/observed.ts";
import {
  inputsAnnotation,
  inputsOf,
  revisionAnnotation,
} from "../../src/release/planning/identity.ts";
import { joinGiven } from "../../src/release/planning/layouts.ts";
import { buildSpec } from "../support/build-spec.ts";
import { commit, gitFacts, observed, request } from "./facts.ts";

const whole = inputsOf(buildSpec(), "team/app", gitFacts());

interface Stated {
  readonly inputs?: string | undefined;
  readonly revision?: string;
  readonly runsOn?: readonly string[];
}

/** A layout as a runner of its own leaves it, built for `platforms`. */
function given(platforms: readonly string[], stated: Stated = {}): GivenImage {
  const { revision = commit, runsOn = platforms } = stated;
  const own = inputsOf(buildSpec({ platforms }), "team/app", gitFacts()).digest;
  const inputs = "inputs" in stated ? stated.inputs : own;
  const digest = digestOf(platforms.join());
  return {
    directory: `/layouts/${platforms.join("+").replaceAll("/", "-")}`,
    digest,
    annotations: {
      [revisionAnnotation]: revision,
      ...(inputs !== undefined && { [inputsAnnotation]: inputs }),
    },
    platforms: runsOn,
    entries: runsOn.map((platform) => ({
      platform,
      descriptor: { mediaType: "m", digest: digestOf(platform), size: 1 },
    })),
  };
}

const amd = given(["linux/amd64"]);
const arm = given(["linux/arm64"]);
const join = (...images: GivenImage[]) =>
  joinGiven(
    request(),
    { inputs: whole, version: "1.4.0" },
    { ...observed(request()), given: images },
  );
const codes = (...images: GivenImage[]) => join(...images).problems.map(({ code }) => code);

describe("layouts that are together the image", () => {
  it("join to one index that states the inputs of the whole", () => {
    const { content, problems } = join(amd, arm);
    expect(problems).toEqual([]);
    expect(content?.parts.map(({ platforms }) => platforms)).toEqual([
      ["linux/amd64"],
      ["linux/arm64"],
    ]);
    expect(content?.annotations).toMatchObject({
      [inputsAnnotation]: whole.digest,
      [revisionAnnotation]: commit,
    });
  });

  it("give the same digest in any order", () => {
    expect(join(arm, amd).content).toEqual(join(amd, arm).content);
  });

  it("may be one that holds all platforms, which is taken as it is", () => {
    const both = given(["linux/amd64", "linux/arm64"]);
    expect(join(both).content?.digest).toBe(both.digest);
  });

  it("are the same by another spelling of the platform", () => {
    expect(codes(amd, given(["linux/arm64"], { runsOn: ["linux/arm64/v8"] }))).toEqual([]);
  });
});

describe("layouts that are not", () => {
  it.each<[string, readonly GivenImage[], string]>([
    ["a platform is missing", [amd], "LAYOUT_MISSING"],
    ["a platform is there twice", [amd, arm, given(["linux/arm64"])], "LAYOUT_DOUBLED"],
    [
      "one layout holds a platform twice",
      [amd, given(["linux/arm64"], { runsOn: ["linux/arm64", "linux/arm64"] })],
      "LAYOUT_DOUBLED",
    ],
    ["a platform that nobody asked for", [amd, arm, given(["linux/s390x"])], "LAYOUT_UNWANTED"],
    [
      "another commit",
      [amd, given(["linux/arm64"], { revision: "f".repeat(40) })],
      "LAYOUT_OF_OTHER_COMMIT",
    ],
    [
      "other inputs",
      [amd, given(["linux/arm64"], { inputs: digestOf("x") })],
      "LAYOUT_OF_OTHER_INPUTS",
    ],
    [
      "the inputs of the whole for a part",
      [amd, given(["linux/arm64"], { inputs: whole.digest })],
      "LAYOUT_OF_OTHER_INPUTS",
    ],
    ["nothing stated", [amd, given(["linux/arm64"], { inputs: undefined })], "LAYOUT_UNKNOWN"],
  ])("%s", (_, images, code) => {
    const { content, problems } = join(...images);
    expect(problems.map((problem) => problem.code)).toEqual([code]);
    expect(content).toBeUndefined();
    const [{ message, remedy } = expect.fail()] = problems;
    expect(message).toMatch(/linux\//);
    expect(remedy).toMatch(/--layout|--output|leave it out|\d/);
  });

  it("say all that is wrong at once", () => {
    const other = given(["linux/arm64"], { revision: "f".repeat(40) });
    expect(codes(other)).toEqual(["LAYOUT_OF_OTHER_COMMIT", "LAYOUT_MISSING"]);
  });
});

it("joining depends on what is joined and not on the order of it", () => {
  const platform = fc.constantFrom("linux/amd64", "linux/arm64", "linux/arm/v7", "linux/386");
  const part = fc.record({ platform, size: fc.nat(9), attested: fc.boolean() }).map((one) => {
    const digest = digestOf(`${one.platform} ${one.size}`);
    const image = { platform: one.platform, descriptor: { digest, size: one.size } };
    const about = { platform: null, descriptor: { digest: digestOf(digest) } };
    return one.attested ? [image, about] : [image];
  });
  const parts = fc.uniqueArray(part, { selector: ([image]) => image?.platform, minLength: 1 });
  fc.assert(
    fc.property(parts, fc.infiniteStream(fc.nat()), (listed, keys) => {
      const shuffled = listed
        .map((one) => ({ one, key: keys.next().value ?? 0 }))
        .sort((a, b) => a.key - b.key)
        .map(({ one }) => one);
      const index = joinEntries(listed, { a: "b" });
      expect(joinEntries(shuffled, { a: "b" }).digest).toBe(index.digest);
      const { manifests } = JSON.parse(index.bytes.toString("utf8"));
      expect(manifests).toHaveLength(listed.flat().length);
    }),
  );
});

it("a layout of no platform is answered with a command that can be typed", () => {
  const { problems } = join(given([], { inputs: undefined }));
  expect(problems[0]).toMatchObject({
    code: "LAYOUT_UNKNOWN",
    remedy: "make one that does: slipway build --output DIR",
  });
});
