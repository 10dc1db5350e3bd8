import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import BuildCommand from "../../commands/build.ts";
import PlanCommand from "../../commands/plan.ts";
import ReleaseCommand from "../../commands/release.ts";
import type { BuiltImage, BuiltImages } from "../../src/release/build.ts";
import type { Plans } from "../../src/release/plan.ts";
import { inputsAnnotation } from "../../src/release/planning/identity.ts";
import type { Receipt } from "../../src/release/receipt.ts";
import { runCommand } from "../support/command.ts";
import { writeLayout } from "../support/layout.ts";
import { prepareLayout } from "../support/prepared.ts";
import type { Project } from "../support/project.ts";
import { plan, type Rehearsal } from "../support/release.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { stage } from "../support/stage.ts";
import { toolsWith } from "../support/tools.ts";

const config = "image: team/app\ntargets: [us-east-1]\nrepository: { create: true }\n";

let made: Project;
let local: Rehearsal;
let scratch: string;

beforeEach(async () => {
  ({ local, made } = await stage({
    Dockerfile: "FROM scratch\nCOPY . /\n",
    "slipway.yaml": config,
  }));
  scratch = scratchDirectory();
  await prepareLayout(made, local);
  local.requests.length = 0;
});

const build = (args: string[], env: Record<string, string | undefined> = {}) =>
  runCommand(BuildCommand, args, { cwd: made.dir, env });
/** Puts an image where the build of these inputs would have left it. */
const keep = (inputs: string, seed: string) =>
  writeLayout(join(local.cacheDir, "layouts", inputs.replace(":", "-")), {
    seed,
    annotations: { [inputsAnnotation]: inputs },
  });
const blobsOf = (directory: string) => readdirSync(join(directory, "blobs", "sha256")).sort();

describe("slipway build, of what was built before", () => {
  it("says what it is, from what, and where, and asks no registry", async () => {
    const { stdout, exit, value } = await build([]);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^team\/app was already built/);
    expect(stdout).toMatch(/linux\/arm64 +\d.* sha256:/);
    expect(stdout).toContain(made.git("rev-parse", "HEAD").slice(0, 12));
    const built = value as BuiltImage;
    expect(built.content).toBe("layout");
    expect(existsSync(join(built.layout, "oci-layout"))).toBe(true);
    expect(local.requests).toEqual([]);
  });

  it("prints one document with --json", async () => {
    const { stdout, value } = await build(["--json", "-q"]);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(value)));
  });

  it("wants neither targets nor credentials", async () => {
    made.commit({ "slipway.yaml": "image: team/app\n" });
    const { source } = await plan(made, "1.0.0", { overrides: { regions: ["us-east-1"] } });
    keep(source.inputs, "without targets");
    const none = Object.fromEntries(Object.keys(local.ecr.env).map((name) => [name, undefined]));
    const { exit, stderr } = await build([], none);
    expect({ exit, stderr: stderr.trim() }).toEqual({
      exit: 0,
      stderr: "build linux/amd64, linux/arm64  was done",
    });
  });

  it("is what the release of the same commit publishes", async () => {
    const { value } = await build([]);
    const released = await runCommand(ReleaseCommand, ["1.0.0"], { cwd: made.dir });
    const receipt = released.value as Receipt;
    expect(receipt.content).toBe("layout");
    expect(receipt.digest).toBe((value as BuiltImage).digest);
    expect(receipt.source.inputs).toBe((value as BuiltImage).source.inputs);
  });

  it.each([
    ["gone", (file: string) => rmSync(file), /has no sha256:/],
    ["cut off", (file: string) => truncateSync(file, 3), /has 3 bytes instead of \d+/],
  ])("is not said to be built where a layer is %s", async (_, damage, says) => {
    const { layout } = (await build([])).value as BuiltImage;
    const root = JSON.parse(readFileSync(join(layout, "index.json"), "utf8")).manifests[0].digest;
    const read = (digest: string) => join(layout, "blobs", ...digest.split(":"));
    const [child] = JSON.parse(readFileSync(read(root), "utf8")).manifests;
    const [layer] = JSON.parse(readFileSync(read(child.digest), "utf8")).layers;
    damage(read(layer.digest));

    const { stderr, exit } = await build(["--output", join(scratch, "out")]);
    expect(exit).toBe(1);
    expect(stderr).toMatch(says);
    expect(stderr).toContain(`rm -r ${layout}\n`);
    expect(readdirSync(scratch)).toEqual([]);
  });

  it("refuses a tree that differs from its commit", async () => {
    mkdirSync(join(made.dir, "more"));
    made.git("mv", "Dockerfile", "more/Dockerfile");
    const { stderr, exit } = await build([]);
    expect(exit).toBe(3);
    expect(stderr).toContain("DIRTY_TREE");
  });
});

describe("slipway build --output", () => {
  it("leaves the layout there without taking its room twice", async () => {
    const output = join(scratch, "deep", "layout");
    const kept = (await build([])).value as BuiltImage;
    const { value, exit } = await build(["--output", output]);
    expect(exit).toBe(0);
    expect(value).toMatchObject({ layout: output, digest: kept.digest });
    expect(blobsOf(output)).toEqual(blobsOf(kept.layout));
    const [blob = ""] = blobsOf(output);
    const inode = (directory: string) => statSync(join(directory, "blobs", "sha256", blob)).ino;
    expect(inode(output)).toBe(inode(kept.layout));
    expect(readdirSync(join(scratch, "deep"))).toEqual(["layout"]);
  });

  it("in the working tree is no change of it, and is replaced", async () => {
    expect((await build(["--output", "out"])).exit).toBe(0);
    expect((await build(["--output", "out"])).exit).toBe(0);
    expect(blobsOf(join(made.dir, "out")).length).toBeGreaterThan(4);
  });

  it.each(["base", "link", "folder"])(
    "never replaces the layout that it is built from: %s",
    async (place) => {
      const base = join(made.dir, "folder", "base");
      writeLayout(base, { seed: "base" });
      writeLayout(join(made.dir, "folder"), { seed: "around it" });
      symlinkSync(join("folder", "base"), join(made.dir, "base"));
      symlinkSync("base", join(made.dir, "link"));
      const contexts = "build: { contexts: { alpine: oci-layout://folder/base } }\n";
      made.commit({ "slipway.yaml": `${config}${contexts}` });
      const { stderr, exit } = await build(["--output", place]);
      expect([exit, stderr]).toEqual([2, expect.stringContaining("would be replaced, and ")]);
      if (place !== "folder") expect(stderr).toContain("made from it: build.contexts.alpine");
      expect(existsSync(join(base, "index.json"))).toBe(true);
    },
  );

  it("replaces no layout that somebody put other things into", async () => {
    expect((await build(["--output", "out"])).exit).toBe(0);
    writeFileSync(join(made.dir, "out", "notes.txt"), "mine");
    const { stderr, exit } = await build(["--output", "out"]);
    expect([exit, stderr]).toEqual([2, expect.stringContaining("holds 'notes.txt' beside")]);
  });

  it.each(["Dockerfile", "."])("replaces nothing but a layout: %s", async (place) => {
    const { stderr, exit } = await build(["--output", place]);
    expect(exit).toBe(2);
    expect(stderr).toMatch(/^USAGE {2}--output '.*' would be replaced, and it /);
  });
});

describe("slipway build, of several images", () => {
  const images = "targets: [us-east-1]\nimages: { team/api: {}, team/web: {} }\n";

  /** Puts made layouts where builds of this commit would have left them. */
  async function prepareAll() {
    const planned = await runCommand(PlanCommand, ["0.0.1"], { cwd: made.dir });
    for (const { image, source } of (planned.value as Plans).plans) {
      keep(source.inputs, image);
    }
  }

  it("says of each what it is, in one document", async () => {
    made.commit({ "slipway.yaml": images });
    await prepareAll();
    const { stdout, value, exit } = await build([]);
    expect(exit).toBe(0);
    const { builds } = value as BuiltImages;
    expect(builds.map(({ image, content }) => `${image} by ${content}`)).toEqual([
      "team/api by layout",
      "team/web by layout",
    ]);
    expect(stdout.match(/^team\/\w+ was already built/gm)).toHaveLength(2);
    const alone = await build(["--image", "team/web"]);
    expect((alone.value as BuiltImages).builds.map(({ image }) => image)).toEqual(["team/web"]);
  });

  it("tells once what keeps all of them from being built", async () => {
    made.commit({ "slipway.yaml": images });
    writeFileSync(join(made.dir, "draft.txt"), "");
    const { stderr, exit } = await build([], { PATH: toolsWith({}) });
    expect(exit).toBe(3);
    expect(stderr.match(/DIRTY_TREE/g)).toHaveLength(1);
    expect(stderr.match(/try {2}/g)).toHaveLength(1);
  });

  it("leaves the layout of one of them elsewhere, and not of all", async () => {
    made.commit({ "slipway.yaml": images });
    await prepareAll();
    const output = join(scratch, "layout");
    const all = await build(["--output", output]);
    expect(all.exit).toBe(2);
    expect(all.stderr).toContain("slipway build --image team/api --output DIR");
    expect((await build(["--output", output, "--image", "team/web"])).exit).toBe(0);
    expect(existsSync(join(output, "oci-layout"))).toBe(true);
  });
});
