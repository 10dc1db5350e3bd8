import { describe, expect, test } from "vitest";
import type { LifecycleImage } from "../../src/lifecycle/image.ts";
import type { LifecyclePolicy } from "../../src/lifecycle/policy.ts";
import { isDigest } from "../../src/oci/reference.ts";
import type { TargetFacts } from "../../src/release/observed.ts";
import { planPolicy, problemsOfAll } from "../../src/release/planning/policy.ts";
import { image, now, policy } from "../lifecycle/repository.ts";
import { observed, request } from "./facts.ts";

const [empty] = observed(request()).targets;

function facts(images: readonly LifecycleImage[], more: Partial<TargetFacts> = {}): TargetFacts {
  if (!empty) throw new Error("a world without target");
  return { ...empty, judged: { images, at: now }, ...more };
}

/** The problems of releasing something new under these tags. */
function problems(
  wanted: LifecyclePolicy,
  images: readonly LifecycleImage[],
  tags: readonly string[],
) {
  return planPolicy(wanted, facts(images), { digest: undefined, tags }).problems;
}

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const month = policy(["any", "pushed", 30]);

describe("the policy of a release", () => {
  test("is not put when it takes one of the last releases", () => {
    const images = [image(digest("a"), 90, { tags: ["1.0.0"] })];
    expect(problems(month, images, ["1.1.0"])).toEqual([
      {
        code: "POLICY_GUARDED",
        target: "123456789012/us-east-1",
        message:
          "the lifecycle policy would take what is needed: 1.0.0 (sha256:aaaaaaaaaaaa) would expire, and release 1.0.0 is one of the last 3",
        remedy:
          "look at it: slipway lifecycle plan\nput it anyway: slipway lifecycle apply --allow release\nor release without it: --keep-policy",
      },
    ]);
  });

  test("is judged with the image of this release counted in", () => {
    const newest = policy([["*"], "count", 1]);
    const images = [image(digest("a"), 9, { tags: ["1.0.0"] })];
    expect(problems(newest, images, [])).toEqual([]);
    expect(problems(newest, images, ["1.1.0"])[0]?.message).toContain("release 1.0.0 is one of");
    expect(problems(policy([["*"], "count", 2]), images, ["1.1.0"])).toEqual([]);
  });

  test("is judged with the tags where this release takes them", () => {
    const builds = policy([["main-*"], "pushed", 30]);
    const images = [image(digest("a"), 90, { tags: ["latest", "main-1"] }), image(digest("b"), 1)];
    expect(problems(builds, images, ["1.1.0"])[0]?.message).toContain("latest points to it");
    expect(problems(builds, images, ["1.1.0", "latest"])).toEqual([]);
  });

  test("counts an image that is there already once, under its new tags", () => {
    const newest = policy([["*"], "count", 1]);
    const [here] = [digest("a")].filter(isDigest);
    const images = [image(digest("a"), 9, { tags: ["main-1"] })];
    const plan = planPolicy(newest, facts(images), { digest: here, tags: ["1.0.0"] });
    expect(plan.problems).toEqual([]);
  });

  test("is not put when it takes more than half of the images, and names every guard", () => {
    const images = [
      image(digest("a"), 90, { tags: ["latest"] }),
      image(digest("b"), 90),
      image(digest("c"), 90),
    ];
    const [problem] = problems(month, images, []);
    expect(problem?.message).toMatch(/latest points to it; and 1 more$/);
    expect(problem?.remedy).toContain("--allow floating --allow share");
  });

  test("names at every target the guards of all, for one command puts it at each", () => {
    const release = image(digest("a"), 90, { tags: ["1.0.0"] });
    const stale = ["b", "c", "d"].map((letter) => image(digest(letter), 90));
    const written = { digest: undefined, tags: [] };
    const plans = [[release, image(digest("e"), 1)], stale].map((images) =>
      planPolicy(month, facts(images), written),
    );
    expect(plans.map(({ guards }) => guards)).toEqual([["release"], ["share"]]);
    for (const { code, remedy } of problemsOfAll(plans)) {
      expect([code, remedy]).toEqual([
        "POLICY_GUARDED",
        expect.stringContaining("apply --allow release --allow share\n"),
      ]);
    }
  });

  test("is left out where the images may not be listed, and that is said", () => {
    const denied = { action: "ecr:DescribeImages", resource: "arn:aws:ecr:…", message: "no" };
    const { judged: _, ...unseen } = facts([]);
    const written = { digest: undefined, tags: ["1.1.0"] };
    const plan = planPolicy(month, { ...unseen, unjudged: denied }, written);
    expect(plan.steps.map(({ action }) => action)).toEqual(["keep"]);
    expect(plan.notes.map(({ code }) => code)).toEqual(["POLICY_UNJUDGED"]);
  });

  test("is as it is where it is in place, whatever it takes", () => {
    const images = [image(digest("a"), 90, { tags: ["1.0.0"] })];
    const inPlace = facts(images, { policy: JSON.stringify(month) });
    const plan = planPolicy(month, inPlace, { digest: undefined, tags: ["1.1.0"] });
    expect(plan.problems).toEqual([]);
    expect(plan.steps.map(({ action }) => action)).toEqual(["keep"]);
  });
});
