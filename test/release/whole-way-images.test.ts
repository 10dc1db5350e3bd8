import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import PlanCommand from "../../commands/plan.ts";
import ReleaseCommand from "../../commands/release.ts";
import { openWorld } from "../../src/cli/world.ts";
import { loadRequests } from "../../src/config/load.ts";
import { applyAll } from "../../src/release/applying/apply.ts";
import type { ReleaseEvent } from "../../src/release/event.ts";
import type { Plans, Step } from "../../src/release/plan.ts";
import { planAll } from "../../src/release/plan-all.ts";
import type { Receipts } from "../../src/release/receipt.ts";
import { runCommand } from "../support/command.ts";
import { writeLayout } from "../support/layout.ts";
import { type Project, project } from "../support/project.ts";
import { type Rehearsal, rehearsal } from "../support/release.ts";
import { registryState } from "../support/state.ts";

let local: Rehearsal;
let shop: Project;

const targets = ["us-east-1", "eu-west-1"] as const;
const config = `targets: [${targets.join(", ")}]
repository: { create: true }
images:
  shop/web:
    build: { context: web }
  shop/api:
    build: { context: api }
`;

beforeEach(async () => {
  local = await rehearsal();
  shop = project({
    "slipway.yaml": config,
    "api/Dockerfile": "FROM scratch\nCOPY . /\n",
    "web/Dockerfile": "FROM scratch\nCOPY . /\n",
  });
});

afterEach(async () => {
  shop[Symbol.dispose]();
  await local[Symbol.asyncDispose]();
});

const plan = async (...args: string[]) => {
  const ran = await runCommand(PlanCommand, args, { cwd: shop.dir });
  return { ...ran, plans: (ran.value as Plans | undefined)?.plans ?? [] };
};

const release = async (...args: string[]) => {
  const ran = await runCommand(ReleaseCommand, args, { cwd: shop.dir });
  return { ...ran, receipts: (ran.value as Receipts | undefined)?.receipts ?? [] };
};

/** Puts made layouts where the builds of this commit would have left them. */
async function prepareAll(...args: string[]) {
  const { plans } = await plan("0.0.1-prepared", ...args);
  for (const { image, source, steps } of plans) {
    const [build] = steps.flatMap((step) => (step.action === "build" ? [step] : []));
    const directory = join(local.cacheDir, "layouts", source.inputs.replace(":", "-"));
    const seed = `${image} ${source.commit}`;
    writeLayout(directory, { seed, ...(build && { annotations: build.annotations }) });
  }
}

/** The names of all tags, by `REGION REPOSITORY`; they must mean the same at every target. */
async function tags(): Promise<Record<string, readonly string[]>> {
  const state = await registryState(local, targets);
  const found = Object.entries(state).map(
    ([place, tagged]) => [place, Object.keys(tagged)] as const,
  );
  return Object.fromEntries(found);
}

/** Releases both in a process that is stopped as soon as `isLast` is reported; answers with what it ended with. */
async function releaseUntil(isLast: (event: ReleaseEvent) => boolean): Promise<unknown> {
  const { requests } = await loadRequests({
    text: config,
    projectDir: shop.dir,
    overrides: { version: { kind: "exact", version: "1.0.0" } },
    readFile: async (path) => readFileSync(path, "utf8"),
  });
  const stop = new AbortController();
  const world = openWorld({
    projectDir: shop.dir,
    env: process.env,
    signal: stop.signal,
    report: (event) => isLast(event) && stop.abort(),
  });
  const plans = await planAll(requests, world);
  return await applyAll(plans, world).catch((error: unknown) => error);
}

/** The end of a step of this kind, of `image`. */
function endOf(image: string, isStep: (step: Step) => boolean) {
  return (event: ReleaseEvent) =>
    event.type === "step-done" && event.image === image && isStep(event.outcome.step);
}

describe("several images", () => {
  test("are planned and released together, each everywhere, with one version", async () => {
    await prepareAll();
    const { receipts, exit, stdout, stderr } = await release("1.0.0", "--receipt", "r.json");
    expect([exit, stderr.includes("shop/api")]).toEqual([0, true]);
    expect(receipts.map(({ image, version }) => `${image} ${version}`)).toEqual([
      "shop/web 1.0.0",
      "shop/api 1.0.0",
    ]);
    expect(receipts.every((receipt) => receipt.targets.length === 2)).toBe(true);
    expect(stdout).toContain("shop/web 1.0.0");
    const there = Object.values(await tags());
    expect(there).toHaveLength(4);
    const state = await registryState(local, targets);
    const api = targets.map((region) => state[`123456789012/${region}/shop/api`]);
    expect(api[0]).toEqual(api[1]);
    for (const names of there) expect(names).toEqual(expect.arrayContaining(["1.0.0", "latest"]));
    const saved = JSON.parse(readFileSync(join(shop.dir, "r.json"), "utf8"));
    expect(saved).toEqual(JSON.parse(JSON.stringify({ format: 1, receipts, unchanged: [] })));
  });

  const kinds: [string, Parameters<typeof endOf>[1], "no tag" | "the first claims"][] = [
    ["the copy", ({ action }) => action === "copy", "no tag"],
    ["the proof that it is there", ({ action }) => action === "verify", "no tag"],
    [
      "the first claims",
      (step) => step.action === "tag" && step.kind === "version",
      "the first claims",
    ],
  ];

  test.each(kinds)("stopped after %s, are finished by the next run", async (_, isStep, left) => {
    await prepareAll();
    const ended = await releaseUntil(endOf("shop/api", isStep));
    expect(ended).toMatchObject({ code: "INTERRUPTED" });
    const there = Object.values(await tags()).flatMap((names) =>
      names.length > 0 ? [names.toSorted()] : [],
    );
    expect(there).toEqual(left === "no tag" ? [] : [["1.0.0", expect.stringMatching(/^sha-/)]]);
    expect((await release("1.0.0")).exit).toBe(0);
    const whole = await tags();
    expect(Object.keys(whole)).toHaveLength(4);
    for (const names of Object.values(whole)) expect(names).toContain("latest");
    const again = await release("1.0.0");
    expect(again.stdout).toMatch(
      /shop\/web 1\.0\.0 was already released.*shop\/api 1\.0\.0 was already/s,
    );
  });

  test("none is tagged while one does not arrive", async () => {
    await prepareAll();
    const broken = (await plan("1.0.0", "--image", "shop/web")).plans[0];
    const directory = join(
      local.cacheDir,
      "layouts",
      broken?.source.inputs.replace(":", "-") ?? "",
    );
    const index = JSON.parse(readFileSync(join(directory, "index.json"), "utf8"));
    const root = readFileSync(
      join(directory, "blobs", ...index.manifests[0].digest.split(":")),
      "utf8",
    );
    const [child] = JSON.parse(root).manifests;
    const manifest = readFileSync(join(directory, "blobs", ...child.digest.split(":")), "utf8");
    const [layer] = JSON.parse(manifest).layers;
    rmSync(join(directory, "blobs", ...layer.digest.split(":")));
    expect((await release("1.0.0")).exit).toBe(1);
    expect(Object.values(await tags()).flat()).toEqual([]);
  });

  test("a bump gives all of them the version after the highest", async () => {
    await prepareAll();
    expect((await release("1.4.0", "--image", "shop/web")).receipts).toHaveLength(1);
    const { plans, stdout } = await plan("minor");
    expect(plans.map(({ version }) => version.value)).toEqual(["1.5.0", "1.5.0"]);
    expect(stdout).toContain("of shop/web");
  });

  test("--changed knows the ignores beside a Dockerfile that is not in the context", async () => {
    const apart = config.replace("context: web", "context: web, dockerfile: docker/web");
    shop.commit({ "slipway.yaml": apart, "docker/web": "FROM scratch\n" });
    await prepareAll();
    expect((await release("1.0.0")).exit).toBe(0);
    shop.commit({ "docker/web.dockerignore": "*.md\n" });
    const { value } = await plan("1.1.0", "--changed");
    expect((value as Plans).plans.map(({ image }) => image)).toEqual(["shop/web"]);
  });

  test("--changed takes those whose inputs are others than those of their last release", async () => {
    await prepareAll();
    const [web, api] = (await release("1.0.0")).receipts;
    const chosen = async () => {
      const { value } = await plan("1.1.0", "--changed");
      const { plans, unchanged } = value as Plans;
      return [plans.map(({ image }) => image), unchanged.map(({ image }) => image)];
    };
    expect(await chosen()).toEqual([[], ["shop/web", "shop/api"]]);
    const idle = await release("1.1.0", "--changed");
    expect([idle.exit, idle.receipts]).toEqual([0, []]);
    expect(idle.stdout).toMatch(
      /^ {2}shop\/web {2}unchanged {2}since 1\.0\.0 of commit [0-9a-f]{12}$/m,
    );

    shop.commit({ "README.md": "about nothing that is built" });
    expect(await chosen()).toEqual([[], ["shop/web", "shop/api"]]);
    shop.commit({ "api/new.txt": "new" });
    expect(await chosen()).toEqual([["shop/api"], ["shop/web"]]);
    shop.commit({ "slipway.yaml": config.replace("context: web", "context: web, pull: true") });
    expect(await chosen()).toEqual([["shop/api"], ["shop/web"]]);
    await prepareAll();
    expect((await release("1.1.0", "--changed")).receipts.map(({ image }) => image)).toEqual([
      "shop/api",
    ]);
    // Run again, the same ones are chosen: a release that died is finished.
    expect(await chosen()).toEqual([["shop/api"], ["shop/web"]]);

    shop.commit({ "slipway.yaml": config.replace("context: web", "context: web, args: { A: b }") });
    const { value } = await plan("1.2.0", "--changed");
    expect((value as Plans).plans.map(({ image }) => image)).toEqual(["shop/web"]);
    expect((value as Plans).unchanged).toEqual([
      {
        image: "shop/api",
        version: "1.1.0",
        commit: expect.not.stringMatching(api?.source.commit ?? ""),
      },
    ]);
    expect(web?.source.commit).toBe(api?.source.commit);
  });

  test("a saved plan of all is applied as one", async () => {
    await prepareAll();
    expect((await plan("1.0.0", "--out", "../shop-plan.json")).exit).toBe(0);
    const { receipts } = await release("--plan", "../shop-plan.json");
    rmSync(join(shop.dir, "../shop-plan.json"));
    expect(receipts.map(({ image }) => image)).toEqual(["shop/web", "shop/api"]);
  });

  test("with a problem of one nothing of the others is touched", async () => {
    await prepareAll();
    await release("1.0.0", "--image", "shop/web");
    shop.commit({ "web/new.txt": "new" });
    await prepareAll();
    const before = await registryState(local, targets);
    const { exit, stdout } = await release("1.0.0");
    expect(exit).toBe(3);
    expect(stdout).toContain("TAG_TAKEN");
    expect(stdout).toContain("None of the 2 images is released while shop/web cannot be.");
    expect(await registryState(local, targets)).toEqual(before);
  });
});
