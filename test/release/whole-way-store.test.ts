import {
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import ReleaseCommand from "../../commands/release.ts";
import { apply } from "../support/apply.ts";
import { runCommand } from "../support/command.ts";
import { prepareLayout } from "../support/prepared.ts";
import type { Project } from "../support/project.ts";
import { prepare as openProject, plan, type Rehearsal } from "../support/release.ts";
import { stage } from "../support/stage.ts";
import { registryState } from "../support/state.ts";

let local: Rehearsal;
let made: Project;

beforeEach(async () => {
  ({ local, made } = await stage({
    "slipway.yaml": "image: team/app\ntargets: [us-east-1]\nrepository: { create: true }\n",
    Dockerfile: "FROM scratch\nCOPY . /\n",
  }));
});

const store = () => join(local.cacheDir, "layouts");
const prepare = async () => {
  const { source } = await prepareLayout(made, local, { layers: [20_000] });
  return join(store(), source.inputs.replace(":", "-"));
};
/** On a machine without docker: a build is refused. */
const call = (...args: string[]) =>
  runCommand(ReleaseCommand, args, { cwd: made.dir, env: { DOCKER_HOST: "unix:///nowhere" } });

describe("the layout of another build in the place of this one", () => {
  const swapped = async () => {
    const before = await prepare();
    made.commit({ "more.txt": "more" });
    const now = await prepare();
    rmSync(now, { recursive: true });
    renameSync(before, now);
  };

  it("is planned to be built anew, and never published", async () => {
    await prepare();
    expect((await plan(made, "1.0.0")).content.from).toBe("layout");
    await swapped();
    expect((await plan(made, "1.0.0")).content.from).toBe("build");
    expect((await call("1.0.0")).exit).not.toBe(0);
    expect(await registryState(local)).toEqual({});
  });

  it("makes a saved plan stale", async () => {
    const place = await prepare();
    const planned = await plan(made, "1.0.0");
    rmSync(place, { recursive: true });
    made.commit({ "more.txt": "more" });
    renameSync(await prepare(), place);
    const { world } = await openProject(made, "1.0.0", () => {}, {});
    await expect(apply(planned, world)).rejects.toMatchObject({ code: "PLAN_STALE" });
    expect(Object.values(await registryState(local))).toEqual([{}]);
  });
});

describe("a layout of the store that was tampered with", () => {
  const blobsOf = (place: string) => {
    const directory = join(place, "blobs", "sha256");
    return readdirSync(directory)
      .map((name) => join(directory, name))
      .toSorted((a, b) => statSync(b).size - statSync(a).size);
  };

  it.each<[string, (blob: string) => void]>([
    ["cut short", (blob) => writeFileSync(blob, "")],
    ["of other bytes", (blob) => writeFileSync(blob, Buffer.alloc(statSync(blob).size))],
    ["absent", (blob) => rmSync(blob)],
    [
      "a folder",
      (blob) => {
        rmSync(blob);
        symlinkSync(join(blob, ".."), blob);
      },
    ],
    [
      "no file",
      (blob) => {
        rmSync(blob);
        symlinkSync("/dev/zero", blob);
      },
    ],
  ])("a layer is %s: refused before a tag is written, with a way on", async (_what, tamper) => {
    const place = await prepare();
    const [largest = ""] = blobsOf(place);
    tamper(largest);
    const { exit, stderr } = await call("1.0.0", "-q");
    expect(exit).toBe(1);
    expect(stderr).toMatch(/^(CONTENT_CORRUPT|NOT_FOUND)/);
    expect(stderr).toContain(`rm -r ${place}`);
    expect(Object.values(await registryState(local))).toEqual([{}]);
  });

  it("a platform's manifest is another: refused before anything is made", async () => {
    const place = await prepare();
    const [, , index, ...others] = blobsOf(place);
    expect(readFileSync(index ?? "", "utf8")).toContain('"manifests"');
    for (const one of others) writeFileSync(one, "{}");
    const { exit, stderr } = await call("1.0.0", "-q");
    expect([exit, stderr]).toEqual([1, expect.stringContaining("does not have the digest")]);
    expect(stderr).toContain(`rm -r ${place}`);
  });
});
