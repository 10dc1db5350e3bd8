import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import LifecycleApplyCommand from "../../commands/lifecycle/apply.ts";
import LifecycleCheckCommand from "../../commands/lifecycle/check.ts";
import LifecyclePlanCommand from "../../commands/lifecycle/plan.ts";
import LifecycleVerifyCommand from "../../commands/lifecycle/verify.ts";
import type { ClockedEcr } from "../retention/clocked-ecr.ts";
import { runCommand } from "../support/command.ts";
import { byCount, policyOf } from "../support/lifecycle-rules.ts";
import { type Policies, startPolicies, where } from "./policies.ts";

let policies: Policies;
let cwd: string;
let ecr: ClockedEcr;
let running: string;
let write: Policies["write"];

beforeAll(async () => {
  policies = await startPolicies();
  ({ cwd, ecr, running, write } = policies);
}, 60_000);
afterAll(() => policies[Symbol.asyncDispose]());

describe("slipway lifecycle check", () => {
  const check = (args: string[], env = {}) => runCommand(LifecycleCheckCommand, args, { cwd, env });

  it("warns of the and mistake and shows the two rules to write", async () => {
    const { stdout, exit } = await check(["and.json"]);
    expect(exit).toBe(0);
    expect(stdout).toMatch(
      /and\.json:1:\d+ {2}warning and-list {2}rule 1: dev-\* and v\* must all match/,
    );
    expect(stdout).toContain(
      '"rulePriority":1,"selection":{"tagStatus":"tagged","tagPatternList":["dev-*"]',
    );
    expect(stdout).toContain(
      '"rulePriority":2,"selection":{"tagStatus":"tagged","tagPatternList":["v*"]',
    );
    expect((await check(["and.json", "--strict"])).exit).toBe(3);
    expect((await check(["good.yaml", "--strict"])).exit).toBe(0);
  });

  it("refuses mistakes, each with its place, and annotates in GitHub", async () => {
    write("bad.json", '{\n  "rules": [\n    null\n  ]\n}');
    const { stdout, exit } = await check(["good.yaml", "bad.json"], { GITHUB_ACTIONS: "true" });
    expect(exit).toBe(3);
    expect(stdout).toContain("bad.json:3:5  error  expected an object, found nothing");
    expect(stdout).toContain("::error file=bad.json,line=3,col=5::expected an object");
    expect(stdout).toContain("good.yaml  is a lifecycle policy of 2 rules");
  });

  it.each([
    ["not JSON", "{rules: [", /it is not JSON, .* expected property name/],
    ["an S3 lifecycle file", { Rules: [{ ID: "a", Status: "Enabled" }] }, /did you mean 'rules'/],
    ["a path given as text", '"lifecycle.json"', /expected an object, found 'lifecycle\.json'/],
  ])("says what %s is", async (_name, content, message) => {
    write("odd.json", content);
    const { stdout, exit } = await check(["odd.json"]);
    expect(exit).toBe(3);
    expect(stdout).toMatch(message);
  });

  it("looks at the images of describe-images", async () => {
    const imageDetails = ["a", "b"].map((name) => ({
      imageDigest: `sha256:${name}`,
      imageTags: [`main-${name}`],
      imagePushedAt: "2026-11-01T10:00:00+01:00",
      imageSizeInBytes: 5,
    }));
    write("images.json", { imageDetails });
    const { stdout } = await check(["good.yaml", "--against", "images.json"]);
    expect(stdout).toContain(
      "no-match  rule 1: rule 1 selects none of 2 images; tags here are main-a",
    );
    const wrong = await check(["good.yaml", "--against", "and.json"]);
    expect(wrong.exit).toBe(2);
    expect(wrong.stderr).toContain("'and.json' is not the output of aws ecr describe-images");
  });

  it("says when there is no such file", async () => {
    const { stderr, exit } = await check(["absent.json"]);
    expect(exit).toBe(2);
    expect(stderr).toContain("'absent.json' cannot be read: there is no such file");
  });
});

describe("slipway lifecycle plan", () => {
  const plan = (...args: string[]) =>
    runCommand(LifecyclePlanCommand, [...where, ...args], { cwd });

  it("saves over a saved plan, and over nothing else", async () => {
    const save = (file: string) => plan("--policy", "good.yaml", "--out", file);
    expect((await save("saved.json")).exit).toBe(0);
    expect((await save("saved.json")).exit).toBe(0);
    const { exit, stderr } = await save("good.yaml");
    expect(exit).toBe(2);
    expect(stderr).toContain("would overwrite a file that is not a saved lifecycle plan");
  });

  it.each([
    ["several.yaml", "images: { app: {}, web: {} }\n", "try  --repository app\n"],
    ["none.yaml", "targets: us-east-1\n", "or pass --repository NAME\n"],
  ])("names the flag that says which repository, with %s", async (file, text, remedy) => {
    write(file, text);
    const { stderr, exit } = await runCommand(LifecyclePlanCommand, ["--config", file], { cwd });
    expect(exit).toBe(2);
    expect(stderr).toContain(remedy);
    expect(stderr).not.toContain("--image");
  });

  it("shows which images would change their fate, why, and how much it is", async () => {
    const { stdout, exit, value } = await plan("--policy", "good.yaml");
    expect(exit).toBe(0);
    const [repository] = value?.repositories ?? [];
    expect(repository).toMatchObject({
      state: "none",
      inUse: [],
      missingInUse: [],
      id: "123456789012/us-east-1",
    });
    expect(repository?.effect.changes.map(({ tags, after }) => [tags, after.fate])).toEqual([
      [["dev-40"], "expires"],
      [["dev-36"], "expires"],
    ]);
    expect(repository?.effect.after.kept.images).toBe(17);
    expect(stdout).toContain("there is no policy");
    expect(stdout).toContain(
      "kept -> expires, rule 2 expires images tagged dev-* beyond the newest 8: 2 images",
    );
    expect(stdout).toMatch(/dev-40 +pushed \d{4}-.* since \d{4}-/);
  });

  it("refuses what takes a running image, a floating tag or a recent release", async () => {
    write("in-use.txt", `# running\napp@${running}\napp:gone\n`);
    const pod = { kind: "Pod", spec: { containers: [{ image: "not a reference" }] } };
    write("pod.json", JSON.stringify(pod));
    const inUse = ["--in-use", "in-use.txt", "--in-use", "pod.json"];
    const { stdout, exit, value } = await plan("--policy", "greedy.json", ...inUse);
    expect(exit).toBe(3);
    const [repository] = value?.repositories ?? [];
    expect(
      repository?.guards.refusals.map(({ guard, digest }) => [guard, digest === running]),
    ).toEqual([
      ["release", false],
      ["in-use", true],
    ]);
    expect(stdout).toContain("refused for 1: this plan cannot be applied");
    expect(stdout).toContain("in use, and not here  app:gone");
    expect(stdout).toContain("in use, and not an image reference: not a reference");
    expect(stdout).toContain("in use: 3 references, 1 image here");
    write("in-use.txt", "other.example.com/app:v1\n");
    const others = ["--in-use", "in-use.txt", "--releases", "1"];
    const allowed = await plan("--policy", "greedy.json", ...others);
    expect(allowed.exit).toBe(0);
    expect(allowed.stdout).toContain("in use: 1 reference, and none names an image here");
  });

  it("judges nothing by a table of pods, which names no image", async () => {
    write("pods.txt", "NAME   READY   STATUS\napp-1  1/1     Running\n");
    const { stderr, exit } = await plan("--policy", "good.yaml", "--in-use", "pods.txt");
    expect(exit).toBe(2);
    expect(stderr).toContain("'pods.txt': line 1: 'NAME' is not an image reference");
  });

  it("refuses when too large a share would go", async () => {
    write("share.json", policyOf(byCount(["dev-*"], 1), byCount(["v*"], 3)));
    const { stdout, exit } = await plan("--policy", "share.json", "--max-share", "50");
    expect(exit).toBe(3);
    expect(stdout).toContain("9 of 13 images would go, 69 %, expected at most 50 %");
  });

  it("falls back to its own evaluation where there is no preview, and says so", async () => {
    const { stdout, value } = await plan("--policy", "good.yaml", "--preview");
    expect(value?.repositories[0]?.preview?.state).toBeDefined();
    expect(stdout).toMatch(/preview/);
  });

  it("tells a repository that does not exist, and ends with 1", async () => {
    const args = ["--repository", "absent", "--region", "us-east-1", "--policy", "good.yaml"];
    const { stdout, exit } = await runCommand(LifecyclePlanCommand, args, { cwd });
    expect(exit).toBe(1);
    expect(stdout).toContain("there is no such repository");
  });
});

describe("slipway lifecycle apply", () => {
  const apply = (...args: string[]) => runCommand(LifecycleApplyCommand, args, { cwd });

  it("writes nothing when a guard refuses, and puts the repaired policy and proves it", async () => {
    write("in-use.txt", `app:v1.1.0\n`);
    const refused = await apply(...where, "--policy", "greedy.json", "--in-use", "in-use.txt");
    expect(refused.exit).toBe(3);
    expect(refused.value?.outcomes).toEqual([]);
    const verified = await runCommand(LifecycleVerifyCommand, [...where, "--policy", "good.yaml"], {
      cwd,
    });
    expect(verified.exit).toBe(3);
    expect(verified.stdout).toContain("NO POLICY");

    const done = await apply(...where, "--policy", "good.yaml", "--in-use", "in-use.txt");
    expect(done.exit).toBe(0);
    expect(done.value?.outcomes).toEqual([
      { id: "123456789012/us-east-1", repository: "app", outcome: "put" },
    ]);
    expect((await apply(...where, "--policy", "good.yaml")).stdout).toContain("Nothing to do.");
  });

  it("applies a saved plan once, and refuses it when the policy in place is another", async () => {
    await ecr.create("saved");
    await ecr.push("saved", 1, "dev-1");
    const there = ["--repository", "saved", "--region", "us-east-1"];
    const planned = ["--policy", "good.yaml", "--out", "plan.json"];
    await runCommand(LifecyclePlanCommand, [...there, ...planned], { cwd });
    await ecr.put("saved", policyOf(byCount(["x*"], 1)));
    const stale = await apply("--plan", "plan.json");
    expect(stale.exit).toBe(3);
    expect(stale.stderr).toContain("PLAN_STALE  the lifecycle policy of saved");
    await runCommand(LifecyclePlanCommand, [...there, ...planned], { cwd });
    expect((await apply("--plan", "plan.json")).value?.outcomes).toMatchObject([
      { outcome: "put" },
    ]);
    expect((await apply("--plan", "plan.json")).stdout).toContain("Nothing to do.");
    const text = readFileSync(join(cwd, "plan.json"), "utf8");
    for (const encoding of ["utf8", "utf16le"] as const) {
      writeFileSync(join(cwd, "plan.json"), `\uFEFF${text}`, encoding); // as PowerShell 5 writes a file
      expect((await apply("--plan", "plan.json")).stdout).toContain("Nothing to do.");
    }
    write("plan.json", text.replace('"maxShare": 0.5', '"maxShare": 1'));
    const { stderr } = await apply("--plan", "plan.json");
    expect(stderr).toContain("it was edited after it was saved");
    expect(stderr).toContain("try  slipway lifecycle plan --out NEW_FILE");
  });

  it("holds a saved plan to what runs when it is applied", async () => {
    await ecr.create("later");
    for (const age of [3, 2, 1]) await ecr.push("later", age, `v1.0.${9 - age}`);
    write("one.json", policyOf(byCount(["v*"], 1)));
    const there = ["--repository", "later", "--region", "us-east-1", "--policy", "one.json"];
    write("then.txt", "later:v1.0.8\n");
    const loose = ["--releases", "1", "--max-share", "90", "--in-use", "then.txt"];
    loose.push("--out", "later.json");
    expect((await runCommand(LifecyclePlanCommand, [...there, ...loose], { cwd })).exit).toBe(0);
    write("used.txt", "later:v1.0.6\n");
    const refused = await apply("--plan", "later.json", "--in-use", "used.txt");
    expect(refused.exit).toBe(3);
    expect(refused.value?.plan.repositories[0]?.guards.refusals).toMatchObject([
      { guard: "in-use" },
    ]);
    expect((await apply("--plan", "later.json", "--max-share", "50")).exit).toBe(3);
    const old = await apply("--plan", "later.json");
    expect(old.exit).toBe(0);
    expect(old.stdout).toMatch(
      /^in use: what ran at .* UTC, when the plan was saved; --in-use FILE/,
    );
    const again = await apply("--plan", "later.json", "--in-use", "used.txt");
    expect(again.exit).toBe(0);
    expect(again.stdout).not.toContain("when the plan was saved");
    expect(again.stdout).toMatch(/in danger under the policy in place {2}v1\.0\.6 /);
  });

  it("takes a policy away only when asked", async () => {
    await ecr.create("bare");
    await ecr.put("bare", policyOf(byCount(["x*"], 1)));
    const there = ["--repository", "bare", "--region", "us-east-1"];
    const gone = await apply(...there, "--remove");
    expect(gone.value?.outcomes).toMatchObject([{ outcome: "removed" }]);
    expect((await apply(...there, "--remove")).stdout).toContain("Nothing to do.");
  });

  it("maps many repositories to policies, and leaves the others alone", async () => {
    for (const name of ["team/a", "team/b", "other"]) await ecr.create(name);
    write(
      "map.yaml",
      "policies:\n  - match: team/b\n    policy: greedy.json\n  - match: team/*\n    policy: good.yaml\n",
    );
    const { value, exit } = await apply("--manifest", "map.yaml", "--all", "--region", "us-east-1");
    expect(exit).toBe(0);
    expect(
      value?.plan.repositories.map(({ repository, wanted }) => [
        repository,
        wanted?.rules[0]?.selection.countNumber,
      ]),
    ).toEqual([
      ["team/a", 10],
      ["team/b", 1],
    ]);
    const missing = await apply(
      "--manifest",
      "map.yaml",
      "--repository",
      "other",
      "--region",
      "us-east-1",
    );
    expect(missing.exit).toBe(2);
    expect(missing.stderr).toContain("no entry of 'map.yaml' is for other");
  });
});
