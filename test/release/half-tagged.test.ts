import { describe, expect, it } from "vitest";
import { SlipwayError } from "../../src/errors.ts";
import { withTags } from "../../src/release/applying/half-tagged.ts";
import type { Step } from "../../src/release/plan.ts";

const regions = ["eu-west-1", "us-east-1"];
const tags = ["1.4.0", "1.4", "latest"];
const steps = regions.flatMap((target) =>
  tags.map(
    (tag): Step => ({ action: "tag", target, tag, kind: "version", from: null, because: "" }),
  ),
);
const stopped = new SlipwayError("INTERRUPTED", "stopped");

function said(done: (step: Step) => boolean, error: Error = stopped, image?: string) {
  const outcomes = steps.filter(done).map((step) => ({ step, state: "done" as const, ms: 1 }));
  const all = [{ plan: { steps }, outcomes, ...(image && { image }) }];
  return withTags(error, all) as Error;
}
const isAt = (target: string) => (step: Step) => "target" in step && step.target === target;

describe("what stopped a release amid its tags", () => {
  it("says which are there and which are not, target by target", () => {
    const error = said(
      (step) => isAt("eu-west-1")(step) || ("tag" in step && step.tag === "1.4.0"),
    );
    expect(error).toMatchObject({ code: "INTERRUPTED" });
    expect(error.message.split("\n")).toEqual([
      "stopped",
      "  eu-west-1: 1.4.0, 1.4, latest done",
      "  us-east-1: 1.4.0 done; not done, or not answered: 1.4, latest",
    ]);
  });

  it("names the image, where there are several", () => {
    const error = said(isAt("eu-west-1"), stopped, "team/app");
    expect(error.message).toContain("\n  team/app  us-east-1: not done, or not answered: 1.4.0,");
  });

  it("says that all are there", () => {
    expect(said(() => true).message).toBe("stopped\n  every tag is written");
  });

  it("is as it was before the first tag, and where it is a bug", () => {
    expect(said(() => false)).toBe(stopped);
    const bug = new Error("oops");
    expect(said(() => true, bug)).toBe(bug);
  });

  it("keeps what an error advises", () => {
    const permission = { action: "ecr:PutImage", resource: "*" };
    const details = { suggestions: ["allow it"], permission };
    const error = said(isAt("eu-west-1"), new SlipwayError("ACCESS_DENIED", "no", details));
    expect(error).toMatchObject({ code: "ACCESS_DENIED", suggestions: ["allow it"], permission });
  });
});
