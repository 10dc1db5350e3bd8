import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import BuildCommand from "../../commands/build.ts";
import LintCommand from "../../commands/lint.ts";
import PlanCommand from "../../commands/plan.ts";
import ReleaseCommand from "../../commands/release.ts";
import VerifyCommand from "../../commands/verify.ts";
import { runCommand } from "../support/command.ts";
import { prepareLayout } from "../support/prepared.ts";
import { isRunning } from "../support/processes.ts";
import { project } from "../support/project.ts";
import { rehearsal } from "../support/release.ts";
import { registryState } from "../support/state.ts";
import { toolsWith } from "../support/tools.ts";
import { goodFiles } from "./worlds/world.ts";

/** buildx with a first step done and a second that never ends, and a child of its own. */
const endlessBuild = (pids: string) => `
trap 'echo "$failed" >&2; kill $!; exit 1' TERM
failed='{"vertexes":[{"digest":"sha256:${"1".repeat(64)}","name":"[2/2] RUN second","started":"2026-01-01T00:00:00Z","completed":"2026-01-01T00:00:01Z","error":"canceled"}]}'
echo $$ > ${pids}; sleep 300 & echo $! >> ${pids}
echo '{"vertexes":[{"digest":"sha256:${"0".repeat(64)}","name":"[1/2] RUN first","started":"2026-01-01T00:00:00Z","completed":"2026-01-01T00:00:02Z"}]}' >&2
wait`;

const bakedFile = "image: team/app\nbuild: { bake: docker-bake.hcl }\ntargets: [us-east-1]\n";

describe("Ctrl-C", () => {
  it("in a build ends buildx and all it started, and tags nothing", async () => {
    await using local = await rehearsal();
    using made = project(goodFiles);
    const pids = join(local.cacheDir, "pids");
    const { stderr, stdout, exit } = await runCommand(ReleaseCommand, ["1.0.0"], {
      cwd: made.dir,
      env: { PATH: toolsWith({ build: endlessBuild(pids) }) },
      interruptAfter: "RUN first",
    });
    expect(exit).toBe(130);
    expect(stdout).toBe("");
    expect(stderr).toContain("stopping; once more to stop at once");
    expect(stderr).toMatch(/^INTERRUPTED {2}/m);
    expect(stderr).not.toContain("RUN second");
    expect(stderr).toMatch(/^ {2}try {2}run the same command again/m);
    expect(readFileSync(pids, "utf8").trim().split("\n").map(Number).filter(isRunning)).toEqual([]);
    expect(Object.values(await registryState(local)).flatMap(Object.keys)).toEqual([]);
    expect(layoutsIn(local.cacheDir)).toEqual([]);
  });

  it("in an upload tags nothing, and the next run finishes", async () => {
    await using local = await rehearsal({ link: { bytesPerSecond: 500_000 } });
    using made = project(goodFiles);
    await prepareLayout(made, local, { platforms: ["linux/amd64"], layers: [1_500_000] });
    const { stderr, exit } = await runCommand(ReleaseCommand, ["1.0.0"], {
      cwd: made.dir,
      interruptAfter: "us-east-1  create the repository",
    });
    expect(exit).toBe(130);
    expect(stderr).toMatch(/^INTERRUPTED {2}/m);
    expect(stderr).not.toMatch(/us-east-1 {2}upload the image {2}/);
    expect(Object.values(await registryState(local))).toEqual([{}]);
    expect((await runCommand(ReleaseCommand, ["1.0.0", "-q"], { cwd: made.dir })).exit).toBe(0);
    const [tags = {}] = Object.values(await registryState(local));
    expect(Object.keys(tags)).toContain("1.0.0");
  });

  it.each<[Parameters<typeof runCommand>[0], readonly string[]]>([
    [PlanCommand, ["1.0.0"]],
    [ReleaseCommand, ["1.0.0"]],
    [BuildCommand, []],
    [VerifyCommand, ["1.0.0"]],
    [LintCommand, []],
  ])("while docker reads a bake file ends %o at once", async (command, argv) => {
    using made = project({ ...goodFiles, "slipway.yaml": bakedFile, "docker-bake.hcl": "" });
    const started = join(made.dir, "started");
    const pressing = setInterval(() => {
      if (!existsSync(started)) return;
      clearInterval(pressing);
      process.emit("SIGINT");
    }, 20);
    const began = Date.now();
    const { stderr, exit } = await runCommand(command, argv, {
      cwd: made.dir,
      env: { PATH: toolsWith({ bake: `echo > ${started}; sleep 20` }) },
    });
    clearInterval(pressing);
    expect(Date.now() - began).toBeLessThan(10_000);
    expect(exit).toBe(130);
    expect(stderr).toMatch(/^INTERRUPTED {2}/m);
  });

  it("while AWS does not answer ends at once", async () => {
    await using local = await rehearsal();
    using made = project(goodFiles);
    let asked = false;
    const server = createServer(() => {
      asked = true;
      setTimeout(() => process.emit("SIGINT"), 50);
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const began = Date.now();
    const { stdout, exit } = await runCommand(PlanCommand, ["1.0.0", "--json"], {
      cwd: made.dir,
      env: { AWS_ENDPOINT_URL_ECR: endpoint, AWS_ENDPOINT_URL_STS: endpoint },
    });
    server.closeAllConnections();
    server.close();
    expect(asked).toBe(true);
    expect(Date.now() - began).toBeLessThan(5000);
    expect(exit).toBe(130);
    expect(JSON.parse(stdout).error.code).toBe("INTERRUPTED");
    expect(local.requests).toEqual([]);
  });
});

function layoutsIn(cacheDir: string): string[] {
  const layouts = join(cacheDir, "layouts");
  return existsSync(layouts) ? readdirSync(layouts) : [];
}
