import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readPlan } from "../../../src/cli/files/saved-plan.ts";
import { readRetention } from "../../../src/cli/files/saved-retention.ts";
import { digestOfValue } from "../../../src/oci/manifest.ts";
import { planRelease } from "../../../src/release/planning/plan-release.ts";
import { observed, request } from "../../release/facts.ts";

const directory = mkdtempSync(join(tmpdir(), "slipway-saved-"));
const file = join(directory, "plan.json");
afterAll(() => rmSync(directory, { recursive: true }));

/** As somebody forges it, who knows how the checksum is made. */
function forge(plan: unknown): string {
  const fields = plan as Record<string, unknown>;
  writeFileSync(file, JSON.stringify({ ...fields, checksum: digestOfValue(fields) }));
  return file;
}

function forgeRetention(plan: unknown): string {
  writeFileSync(file, JSON.stringify({ kind: "lifecycle", checksum: digestOfValue(plan), plan }));
  return file;
}

const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value));
const good = plain(planRelease(request(), observed(request())));
const invalid = (message: string | RegExp) =>
  expect.objectContaining({
    code: "PLAN_INVALID",
    message: expect.stringMatching(message),
  });

describe("a saved plan of a release", () => {
  it("is taken as it was saved", async () => {
    expect(await readPlan(forge(good))).toEqual(good);
    const several = { format: 1, plans: [good], unchanged: [] };
    expect(await readPlan(forge(several))).toEqual(several);
  });

  it.each(Object.keys(good).filter((name) => name !== "format"))(
    "is none without %s",
    async (name) => {
      const { [name as keyof typeof good]: _, ...rest } = good;
      await expect(readPlan(forge(rest))).rejects.toEqual(invalid(`saved plan: ${name} is not`));
    },
  );

  it.each<[string, object, string]>([
    ["a newer format", { format: 2 }, "its format is 2, and this slipway reads format 1"],
    ["steps that are no list", { steps: 7 }, "steps is not a list"],
    ["an unknown step", { steps: [{ action: "explode" }] }, "steps\\[0\\].action is not one of"],
    ["a step of nothing", { steps: [null] }, "steps\\[0\\] is not an object"],
    [
      "a digest that is none",
      { content: { from: "layout", digest: -1 } },
      "content.digest is not a digest",
    ],
    ["plans that are none", { plans: [[]] }, "plans\\[0\\] is not an object"],
    ["plans of null", { plans: null }, "plans is not a list"],
  ])("is none with %s", async (_, fields, message) => {
    await expect(readPlan(forge({ ...good, ...fields }))).rejects.toEqual(invalid(message));
  });

  it("is none where it is a list", async () => {
    writeFileSync(file, "[]");
    await expect(readPlan(file)).rejects.toEqual(invalid("it is not an object"));
  });

  it("is none where it says no format", async () => {
    writeFileSync(file, '{"rules":[]}');
    await expect(readPlan(file)).rejects.toEqual(invalid("it says no format, and this slipway"));
  });

  it("is none where it is nested without end", async () => {
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    writeFileSync(file, `{"format":1,"checksum":"x","steps":${deep}}`);
    await expect(readPlan(file)).rejects.toEqual(invalid("nested too deeply"));
  });
});

describe("a saved plan of lifecycle policies", () => {
  const guards = { inUse: [], floating: [], allow: [], releases: 3, maxShare: 0.5 };
  const rule = {
    ...{ rulePriority: 1, action: { type: "expire" } },
    selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 1 },
  };
  const repository = {
    ...{ id: "a", repository: "app", account: "1", request: { region: "us-east-1" } },
    ...{ present: null, state: "none", wanted: { rules: [rule] } },
  };
  const saved = {
    ...{ format: 1, at: "now", guards, unreadableInUse: [], failures: [] },
    repositories: [repository],
  };

  it("is taken as it was saved", async () => {
    expect(await readRetention(forgeRetention(saved))).toEqual(saved);
  });

  it.each<[string, object, string]>([
    ["a newer format", { format: 2 }, "its format is 2, and this slipway reads format 1"],
    ["no repositories", { repositories: undefined }, "repositories is not a list"],
    ["a negative guard", { guards: { ...guards, releases: -1 } }, "guards.releases is not a count"],
    [
      "an unknown guard",
      { guards: { ...guards, allow: ["all"] } },
      "guards.allow\\[0\\] is not one of",
    ],
    [
      "a policy that is none",
      { repositories: [{ ...repository, wanted: { rules: [{ rulePriority: -1 }] } }] },
      "the policy of app is none: ",
    ],
  ])("is none with %s", async (_, fields, message) => {
    const forged = plain({ ...saved, ...fields });
    await expect(readRetention(forgeRetention(forged))).rejects.toEqual(invalid(message));
  });

  it("is none where it is a release's", async () => {
    await expect(readRetention(forge(good))).rejects.toEqual(invalid("not a plan of lifecycle"));
  });
});
