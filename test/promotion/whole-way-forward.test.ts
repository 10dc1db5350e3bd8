import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PromotionRequest } from "../../src/promotion/request.ts";
import { applyRollback } from "../../src/rollback/apply.ts";
import type { RollbackRequest } from "../../src/rollback/facts.ts";
import { observeRollback } from "../../src/rollback/observe.ts";
import { planRollback } from "../../src/rollback/plan-rollback.ts";
import { request as releaseRequest } from "../release/facts.ts";
import { type Rehearsal, rehearsal } from "../support/release.ts";
import { contentOf, named, openOutside, plan, production, promote, wanting } from "./promotions.ts";
import { pushWithBelongings } from "./tree.ts";

const versions = ["1.3.0", "1.4.0", "1.5.0"];
let local: Rehearsal;
let roots: Readonly<Record<string, string>>;
beforeEach(async () => {
  local = await rehearsal();
  const pushed = versions.map(async (version) => {
    const { root } = await pushWithBelongings(local, [version], { seed: version });
    return [version, root] as const;
  });
  roots = Object.fromEntries(await Promise.all(pushed));
});
afterEach(() => local[Symbol.asyncDispose]());

/** The version with this tag alone: no version tag stands beside it there. */
const bare = (version: string, tag = "production", fields: Partial<PromotionRequest> = {}) =>
  wanting({ images: [named(version)], tags: [tag], ...fields });

async function rollBack(asked: Omit<RollbackRequest, "receipts">): Promise<void> {
  const wish = { ...asked, receipts: [] };
  const request = { ...releaseRequest(), targets: [production] };
  const world = openOutside();
  const facts = await observeRollback(wish, request, world);
  await applyRollback(planRollback(wish, request, facts), world);
}

async function versionAt(tag: string): Promise<string | undefined> {
  const [digest] =
    Object.entries(await contentOf(local.ecr, production)).find(([, tags]) => tags.includes(tag)) ??
    [];
  return versions.find((version) => roots[version] === digest);
}

describe("a tag beside which no version tag stands", () => {
  it("goes forward and not back: the source knows which version it is at", async () => {
    await promote(bare("1.4.0"));
    await promote(bare("1.5.0"));
    const { problems } = await plan(bare("1.4.0"));
    expect(problems).toMatchObject([
      { code: "TAG_BEHIND", message: "tag production is at 1.5.0, which is newer than 1.4.0" },
    ]);
    expect(problems[0]?.remedy).toContain(
      `meant: slipway rollback production --to ${roots["1.4.0"]} --image team/app --account ${production.account} --region eu-west-1`,
    );
    expect(await versionAt("production")).toBe("1.5.0");
  });

  it("of a line stays where it is, whatever version tags there are below", async () => {
    await promote(bare("1.3.0", "1.3.0"));
    await promote(bare("1.5.0", "latest"));
    expect(await versionAt("latest")).toBe("1.5.0");
    const { steps } = await plan(bare("1.4.0", "latest"));
    expect(steps.find(({ action }) => action === "keep")).toMatchObject({
      because: "1.5.0 is newer in this line",
    });
    await promote(wanting({ images: [named("1.4.0")] }));
    expect(await versionAt("latest")).toBe("1.5.0");
    expect(await versionAt("1.4")).toBe("1.4.0");
  });

  it("is not written a second time", async () => {
    await promote(bare("1.5.0", "latest"));
    const { steps } = await plan(bare("1.5.0", "latest"));
    expect(steps.filter(({ action }) => action !== "keep")).toEqual([]);
  });

  it.each(["production", "latest"])("%s is held where it was rolled back", async (tag) => {
    await promote(bare("1.3.0", "1.3.0"));
    await promote(bare("1.3.0", tag));
    await promote(bare("1.5.0", tag));
    await rollBack({ tag });
    for (const version of ["1.4.0", "1.5.0"]) {
      const { steps, problems } = await plan(bare(version, tag));
      expect(steps.filter((step) => step.action === "tag" && step.tag === tag)).toEqual([]);
      const codes = problems.map(({ code }) => code);
      expect(codes).toEqual(tag === "production" ? ["TAG_HELD"] : []);
    }
    expect(await versionAt(tag)).toBe("1.3.0");
  });

  it("is held by the image that it was rolled back from where nobody knows its version", async () => {
    for (const seed of ["first", "second"]) await pushWithBelongings(local, [seed], { seed });
    await promote(bare("first"));
    await promote(bare("second"));
    await rollBack({ tag: "production" });
    const { problems } = await plan(bare("second"));
    expect(problems).toMatchObject([{ code: "TAG_HELD" }]);
    expect(problems[0]?.message).toContain("rolled back from this image");
  });
});
