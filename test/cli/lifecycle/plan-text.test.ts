import { expect, test } from "vitest";
import { retentionPlanText } from "../../../src/cli/lifecycle/plan-text.ts";
import { usualGuards } from "../../../src/lifecycle/guards.ts";
import type { LifecycleImage } from "../../../src/lifecycle/image.ts";
import type { GuardSettings } from "../../../src/retention/guards.ts";
import { planRepository, type RetentionPlan } from "../../../src/retention/plan.ts";
import { parseInUse } from "../../../src/retention/resolve-in-use.ts";
import { image, now, policy } from "../../lifecycle/repository.ts";

const place = { id: "123456789012/us-east-1", account: "123456789012", uri: "", exists: true };
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const builds = [image(digest("a"), 90, { tags: ["main-1"] }), image(digest("b"), 1)];
const release = [image(digest("c"), 90, { tags: ["v1.0.0"] }), ...builds];

type Options = {
  inUse?: readonly string[];
  preview?: Parameters<typeof planRepository>[1]["preview"];
};

/** What is shown of repositories `r0`, `r1`, … of these images, under a policy of thirty days. */
function textOf(repositories: readonly (readonly LifecycleImage[])[], options: Options = {}) {
  const { inUse = [], preview } = options;
  const guards: GuardSettings = { ...usualGuards, inUse };
  const wanted = { policy: policy(["any", "pushed", 30]), guards, inUse: parseInUse(inUse) };
  const plan: RetentionPlan = {
    format: 1,
    at: new Date(now).toISOString(),
    guards,
    unreadableInUse: [],
    repositories: repositories.map((images, at) => {
      const request = { region: "us-east-1" };
      const facts = { ...place, repository: `r${at}`, request, stored: null, images, at: now };
      return planRepository(facts, { ...wanted, ...(preview && { preview }) });
    }),
    failures: [],
  };
  return retentionPlanText(plan);
}

test("of many repositories that are refused, tells why at each, and how often", () => {
  const text = textOf([builds, ...Array.from({ length: 6 }, () => release)]);
  expect(text).toMatch(/r0 .* 1 \(1 B\) +0 +none\n/);
  expect(text).toMatch(/r1 .* 2 \(2 B\) +0 +none, refused: release, share\n/);
  expect(text).toContain("release v1.0.0 is one of the last 3; overruled by");
  expect(text).not.toContain("kept -> expires");
  expect(text).toContain("refused by release at 6, share at 6: --repository NAME shows the images");
  expect(text).toContain("refused for 6: this plan cannot be applied");
});

test("of few that are refused among many, shows the images too", () => {
  const text = textOf([release, ...Array.from({ length: 6 }, () => builds)]);
  expect(text).toContain("kept -> expires");
  expect(text).not.toContain("refused by");
});

test("tells of what runs and is not here the first few, and how many more", () => {
  const inUse = Array.from({ length: 40 }, (_, at) => `r${at % 2}:gone-${at}`);
  for (const repositories of [1, 9]) {
    const text = textOf(
      Array.from({ length: repositories }, () => builds),
      { inUse },
    );
    expect(text.match(/in use, and not here/g)).toHaveLength(12);
    expect(text).toContain(`and ${repositories === 1 ? 8 : 28} more; --json tells all`);
  }
});

test("tells in a table, too, what ECR's preview says", () => {
  const many = Array.from({ length: 7 }, () => builds);
  const same = [{ digest: digest("a"), departure: "expires", rule: 1 }] as const;
  expect(textOf(many, { preview: same })).toContain("ECR's preview agrees  at 7 repositories");
  const other = textOf(many, { preview: [] });
  expect(other).toMatch(/r6 {2}123456789012\/us-east-1\n {2}ECR's preview disagrees {2}on 1 image/);
  expect(other).toMatch(/sha256:aaaaaaaaaaaa {2}we say expires by rule 1, ECR stays/);
  expect(textOf(many, { preview: { unavailable: "it is not allowed" } })).toContain(
    "no preview of ECR's  at 7 repositories: it is not allowed",
  );
});
