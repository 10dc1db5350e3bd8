import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import LifecycleExplainCommand from "../../commands/lifecycle/explain.ts";
import LifecycleSimulateCommand from "../../commands/lifecycle/simulate.ts";
import LifecycleVerifyCommand from "../../commands/lifecycle/verify.ts";
import type { ClockedEcr } from "../retention/clocked-ecr.ts";
import { runCommand } from "../support/command.ts";
import { policyOf } from "../support/lifecycle-rules.ts";
import { good, type Policies, startPolicies, where } from "./policies.ts";

let policies: Policies;
let cwd: string;
let ecr: ClockedEcr;
let write: Policies["write"];

beforeAll(async () => {
  policies = await startPolicies();
  ({ cwd, ecr, write } = policies);
  await ecr.put("app", good);
}, 60_000);
afterAll(() => policies[Symbol.asyncDispose]());

describe("slipway lifecycle verify", () => {
  it("tells a policy that was never evaluated, and what is wrong with the one in place", async () => {
    const verify = (...args: string[]) =>
      runCommand(LifecycleVerifyCommand, [...where, ...args], { cwd });
    const never = await verify("--policy", "good.yaml");
    expect(never.exit).toBe(3);
    expect(never.stdout).toContain("as is normal for a day after it was put");
    const { stdout, exit } = await verify("--policy", "good.yaml", "--allow-never");
    expect(exit).toBe(0);
    expect(stdout).toMatch(/app +123456789012\/us-east-1 +as wanted +never +none/);
    const { stdout: differs } = await verify("--policy", "and.json", "--allow-never");
    expect(differs).toContain("DIFFERS");
    expect(differs).toContain("~ rule 1");
  });
});

describe("slipway lifecycle explain", () => {
  const explain = (...args: string[]) => runCommand(LifecycleExplainCommand, args, { cwd });

  it("tells the fate of an image, rule by rule, and what would keep it", async () => {
    const { stdout, value, exit } = await explain("dev-40", ...where, "--policy", "good.yaml");
    expect(exit).toBe(0);
    expect(value).toMatchObject({
      verdict: { fate: "expires", rule: 2 },
      rescue: { kind: "protect-tag" },
    });
    expect(stdout).toContain(
      "dev-40 expires: rule 2 expires images tagged dev-* beyond the newest 8",
    );
    expect(stdout).toContain("does not select it: no tag of it matches v*");
    expect(stdout).toContain("it is number 10 of the newest, 8 stay");
    expect(stdout).toContain('"tagPatternList":["dev-40"]');
  });

  it("takes the policy in place, and a whole reference", async () => {
    const { stdout } = await explain("app:latest", "--region", "us-east-1");
    expect(stdout).toContain("app at 123456789012/us-east-1; policy: in place, rule by rule");
    expect(stdout).toContain("is kept: rule 1 keeps it");
    const { stderr, exit } = await explain("app:none", "--region", "us-east-1");
    expect(exit).toBe(1);
    expect(stderr).toMatch(/NOT_FOUND {2}app has no image none\n {2}try {2}newest tags: dev-4/);
  });
});

describe("one repository is looked at", () => {
  it("by the short digest that a plan shows", async () => {
    const [first = ""] = await ecr.digests("app");
    const short = first.slice(0, "sha256:".length + 12);
    const explain = (name: string) =>
      runCommand(LifecycleExplainCommand, [name, ...where], { cwd });
    expect((await explain(short)).value).toMatchObject({
      repository: "app",
      id: "123456789012/us-east-1",
      policyFrom: "in place",
      image: { digest: first },
    });
    const none = await explain("sha256:0123456789ab");
    expect(none.stderr).toContain("app has no image sha256:0123456789ab");
    expect((await explain("sha256:0")).stderr).toContain("at least its first 4 digits");
  });

  it("and a second one is refused", async () => {
    for (const more of [
      ["--repository", "other"],
      ["--region", "eu-west-1"],
    ]) {
      const args = [...where, ...more];
      const { exit, stderr } = await runCommand(LifecycleSimulateCommand, args, { cwd });
      expect(exit).toBe(2);
      expect(stderr).toMatch(/USAGE {2}--re\w+: one is looked at, and 2 are named: /);
    }
  });

  it("by a name that can be one", async () => {
    const args = ["--repository", "app,other", "--region", "us-east-1"];
    const { exit, stderr } = await runCommand(LifecycleVerifyCommand, args, { cwd });
    expect(exit).toBe(2);
    expect(stderr).toContain("USAGE  --repository: expected a repository name");
  });

  it("of several targets the first, and the answer says so", async () => {
    const targets = [{ region: "us-east-1" }, { region: "eu-west-1" }];
    write("two.yaml", { image: "app", targets });
    const args = ["v1.0.0", "--config", "two.yaml"];
    const { stdout } = await runCommand(LifecycleExplainCommand, args, { cwd });
    expect(stdout).toContain(
      "app at 123456789012/us-east-1, the first of 2 targets (--region names another)",
    );
  });
});

it("the fate of an image breaks between words", async () => {
  const args = ["v1.0.0", ...where, "--policy", "good.yaml"];
  const { stdout } = await runCommand(LifecycleExplainCommand, args, { cwd, columns: 60 });
  const lines = stdout.split("\n").filter((line) => !/[{]|sha256:/.test(line));
  expect(lines.filter((line) => line.length > 60)).toEqual([]);
  expect(stdout.split("\n").filter((line) => line.trim() !== "").length).toBeGreaterThan(5);
});

describe("slipway lifecycle simulate", () => {
  const simulate = (...args: string[]) =>
    runCommand(LifecycleSimulateCommand, [...where, ...args], { cwd });

  it("plays forward with the measured pushes and draws", async () => {
    const { stdout, value, exit } = await simulate(
      "--days",
      "90",
      "--policy",
      "good.yaml",
      "--svg",
      "app.svg",
    );
    expect(exit).toBe(0);
    expect(value?.trend.kind).toBe("moving");
    expect(value?.days).toHaveLength(91);
    expect(stdout).toMatch(/ expires +now .* dev-40$/m);
    expect(stdout).toContain("█");
    const svg = readFileSync(join(cwd, "app.svg"), "utf8");
    expect(svg).toMatch(/^<svg .*<\/svg>\n$/s);
    // Nothing is archived, and an empty chart would only ask why it is there.
    expect(svg).not.toContain("archived images");
  });

  it.each([60, 74, 90])(
    "keeps to a terminal of %d columns, bars as far as there is room",
    async (columns) => {
      const args = [...where, "--days", "40", "--policy", "good.yaml"];
      const { stdout } = await runCommand(LifecycleSimulateCommand, args, { cwd, columns });
      const isFigures = (line: string) => /^ +\d+ +\d{4}-|^ +day /.test(line);
      const tooLong = stdout.split("\n").filter((line) => line.length > columns);
      // The figures alone take more than 60.
      expect(tooLong.filter((line) => columns > 60 || !isFigures(line))).toEqual([]);
      expect(stdout.includes("█")).toBe(columns > 60);
    },
  );

  it("says days that repeat themselves once, and replaces no file that is not its own", async () => {
    const quiet = ["--policy", "good.yaml", "--push", "none", "--days", "30"];
    const { stdout } = await simulate(...quiet);
    expect(stdout).toMatch(/ {2}… +the same\n {2}30 /);
    expect(stdout.split("\n").length).toBeLessThan(30);
    const { exit, stderr } = await simulate(...quiet, "--svg", "good.yaml");
    expect(exit).toBe(2);
    expect(stderr).toContain("would overwrite a file that is not an SVG picture");
  });

  it("calls no growth what only waits for its time", async () => {
    const old = { tagStatus: "any", countType: "sinceImagePushed", countUnit: "days" };
    write(
      "old.json",
      policyOf({ selection: { ...old, countNumber: 60 }, action: { type: "expire" } }),
    );
    const quiet = ["--policy", "old.json", "--push", "none"];
    const { stdout } = await simulate(...quiet, "--days", "5");
    expect(stdout).toContain("At the end it has not settled yet; more --days may show");
    const { stdout: settled } = await simulate(...quiet, "--days", "90");
    expect(settled).toMatch(/From day \d+ on it stays at 0 images, 0 B\./);
  });

  it("plays with given pushes, and refuses what is no rate", async () => {
    const { value } = await simulate(
      "--policy",
      "good.yaml",
      "--push",
      "dev-=1/day",
      "--days",
      "60",
    );
    expect(value?.trend).toMatchObject({ kind: "steady", images: 17 });
    const wrong = await simulate("--push", "dev-=often");
    expect(wrong.exit).toBe(2);
    expect(wrong.stderr).toContain("'dev-=often' is not a rate of pushes");
  });
});
