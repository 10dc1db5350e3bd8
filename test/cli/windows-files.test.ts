import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import InitCommand from "../../commands/init.ts";
import LifecycleCheckCommand from "../../commands/lifecycle/check.ts";
import LifecyclePlanCommand from "../../commands/lifecycle/plan.ts";
import ReleaseCommand from "../../commands/release.ts";
import { runCommand } from "../support/command.ts";
import { runPlan } from "../support/plan-command.ts";
import { prepareLayout } from "../support/prepared.ts";
import { type Project, project } from "../support/project.ts";
import type { Rehearsal } from "../support/release.ts";
import { stage } from "../support/stage.ts";
import { toolsWith } from "../support/tools.ts";
import { goodFiles } from "./worlds/world.ts";

/** As an editor of Windows saves it: a byte order mark, and carriage returns. */
const windows = (text: string) => `\uFEFF${text.replaceAll("\n", "\r\n")}`;

const files = Object.fromEntries(
  Object.entries(goodFiles).map(([name, text]) => [name, windows(text)]),
);

let made: Project;
let local: Rehearsal;
beforeEach(async () => {
  ({ local, made } = await stage(files));
});

/** buildx on a machine that runs linux/amd64 and emulates nothing. */
const inspect = `printf 'Name: b\\nDriver: docker\\n\\nNodes:\\nName: b\\nStatus: running\\nPlatforms: linux/amd64\\n'`;

describe("files with a byte order mark and Windows line ends", () => {
  it("are read as what they say", async () => {
    const PATH = toolsWith({ inspect });
    const { value, exit } = await runPlan(["1.0.0"], {
      cwd: made.dir,
      env: { PATH },
    });
    expect(value?.problems).toEqual([]);
    expect(exit).toBe(0);
    expect(value?.image).toBe("team/app");
    expect(value?.steps.map(({ action }) => action)).toContain("put-lifecycle-policy");
  });

  it("have their mistakes named at the right place", async () => {
    made.commit({ "slipway.yaml": windows("image: team/app\ntargets: us-east-1\nbild: {}\n") });
    const { stderr, exit } = await runPlan(["1.0.0"], { cwd: made.dir });
    expect(exit).toBe(2);
    expect(stderr).toContain("slipway.yaml:3:1: bild: unknown key, did you mean 'build'?");
  });

  it("give init the stages of the Dockerfile", async () => {
    const Dockerfile = windows("FROM scratch AS base\nFROM base AS runtime\n");
    using other = project({ Dockerfile });
    const { value } = await runCommand(InitCommand, [], { cwd: other.dir });
    expect(value?.text).toContain("stages: base, runtime");
  });

  it("are taken as a saved plan too", async () => {
    await prepareLayout(made, local);
    const file = join(local.cacheDir, "plan.json");
    await runPlan(["1.0.0", "--out", file], { cwd: made.dir });
    writeFileSync(file, windows(readFileSync(file, "utf8")));
    const { exit } = await runCommand(ReleaseCommand, ["--plan", file, "-q"], { cwd: made.dir });
    expect(exit).toBe(0);
  });
});

describe("files in other encodings", () => {
  const put = (name: string, text: string, encoding: BufferEncoding) =>
    writeFileSync(join(made.dir, name), Buffer.from(text, encoding));
  const policy = windows(`# Prüfläufe\n${goodFiles["lifecycle.json"]}`);

  it("are read in UTF-16, as Windows PowerShell sends output into a file", async () => {
    put("policy.yaml", policy, "utf16le");
    put("images.json", windows('{ "imageDetails": [] }'), "utf16le");
    put("pods.json", windows('{ "kind": "List", "items": [] }'), "utf16le");
    const check = ["policy.yaml", "--against", "images.json"];
    const { stderr, exit } = await runCommand(LifecycleCheckCommand, check, { cwd: made.dir });
    expect([stderr, exit]).toEqual(["", 0]);
    const plan = ["--policy", "policy.yaml", "--in-use", "pods.json"];
    const asked = await runCommand(LifecyclePlanCommand, plan, { cwd: made.dir });
    expect(asked.stderr).toContain("'pods.json': no image is named there");
  });

  it("are refused in Latin-1, and not read as something else", async () => {
    put("the policy.yaml", policy.slice(1), "latin1");
    put("slipway.yaml", windows("# f\u00fcr alle\nimage: team/app\n").slice(1), "latin1");
    const options = { cwd: made.dir };
    const { stderr, exit } = await runCommand(LifecycleCheckCommand, ["the policy.yaml"], options);
    expect(exit).toBe(2);
    expect(stderr).toContain(
      "'the policy.yaml' cannot be read: it is not UTF-8 from line 1, column 5 on",
    );
    expect(stderr).toContain("iconv -f WINDOWS-1252 -t UTF-8 'the policy.yaml'");
    const planned = await runPlan(["1.0.0"], options);
    expect(planned.stderr).toContain("'slipway.yaml' cannot be read (it is not UTF-8 from line 1,");
  });
});
