import { execFileSync } from "node:child_process";
import { globSync, mkdtempSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import ReleaseCommand from "../../commands/release.ts";
import type { Receipt } from "../../src/release/receipt.ts";
import { type CommandOptions, runCommand } from "../support/command.ts";
import { useEngine } from "../support/engine.ts";
import { project } from "../support/project.ts";
import { rehearsal } from "../support/release.ts";
import { registryState } from "../support/state.ts";

let contexts: Readonly<Record<string, string>>;
beforeAll(async () => {
  ({ contexts } = await useEngine());
});

const good = "FROM busybox:1.37\nCOPY note.txt /note.txt\n";

async function releaseOf(Dockerfile: string, options: Partial<CommandOptions> = {}) {
  const config = `image: team/app
platforms: [linux/amd64]
build: { contexts: ${JSON.stringify(contexts)} }
targets: us-east-1
repository: { create: true }
`;
  await using local = await rehearsal();
  using made = project({ Dockerfile, "note.txt": "note\n", "slipway.yaml": config });
  const run = await runCommand(ReleaseCommand, ["1.0.0"], { cwd: made.dir, ...options });
  const tags = Object.values(await registryState(local)).flatMap(Object.keys);
  const layouts = options.env ? [] : readdirSync(join(local.cacheDir, "layouts"));
  return { ...run, tags, layouts };
}

describe("a real buildx", () => {
  it("that cannot parse the Dockerfile is repeated, with the line", async () => {
    const { stderr, exit, tags, layouts } = await releaseOf("FROM busybox:1.37\nCOPPY a /\n");
    expect(exit).toBe(1);
    expect(stderr).toMatch(/^BUILD_FAILED {2}.*unknown instruction: COPPY/m);
    expect(stderr).toMatch(/^ {2}try {2}look at Dockerfile:2$/m);
    expect([tags, layouts]).toEqual([[], []]);
  });

  it("whose step fails is repeated with what the step said", async () => {
    const Dockerfile = "FROM busybox:1.37\nRUN echo the fuse is wet >&2 && exit 7\n";
    const { stderr, stdout, exit, tags, layouts } = await releaseOf(Dockerfile);
    expect(exit).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^BUILD_FAILED {2}the build step '.*fuse.*' failed \(Dockerfile:2\)/m);
    expect(stderr).toMatch(/exit code: 7\n {2}the fuse is wet$/m);
    expect(stderr).not.toMatch(/^ +at .*:\d+:\d+/m);
    expect([tags, layouts]).toEqual([[], []]);
  });

  it("that is stopped by Ctrl-C is ended, and leaves nothing", async () => {
    // Another step each time: from a cache it would end before anybody could press a key.
    const Dockerfile = `FROM busybox:1.37\nRUN sleep 1.5 # ${Date.now()}\nRUN sleep 271\n`;
    const { stderr, exit, tags, layouts } = await releaseOf(Dockerfile, {
      interruptAfter: "RUN sleep 1.5",
    });
    expect(exit).toBe(130);
    expect(stderr).toMatch(/^INTERRUPTED {2}/m);
    expect([tags, layouts]).toEqual([[], []]);
    expect(running("sleep 271")).toEqual([]);
  });

  it("reads a Dockerfile with Windows line ends and a byte order mark", async () => {
    const { exit, value, stderr } = await releaseOf(`\uFEFF${good.replaceAll("\n", "\r\n")}`);
    expect([exit, stderr.match(/^\w+_\w+ .*/m)]).toEqual([0, null]);
    expect((value as Receipt).platforms).toMatchObject([{ platform: "linux/amd64" }]);
  });

  it("that has no room for the layout says so", async ({ skip }) => {
    const dir = mkdtempSync(join(tmpdir(), "slipway-disk-"));
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=100k", "tmpfs", dir], { stdio: "ignore" });
    } catch {
      rmdirSync(dir);
      skip("mounting is for root");
    }
    const { stderr, exit, tags } = await releaseOf(good, { env: { SLIPWAY_CACHE_DIR: dir } });
    const left = readdirSync(join(dir, "layouts"));
    execFileSync("umount", [dir]);
    rmdirSync(dir);
    expect(exit).toBe(1);
    expect(stderr).toMatch(
      /^FILE_FAILED {2}cannot write .*: no space left on the disk \(ENOSPC\)/m,
    );
    expect([tags, left]).toEqual([[], []]);
  });
});

/** Processes of this machine with these words in their command line (proc(5)). */
function running(words: string): string[] {
  const all = globSync("/proc/[0-9]*/cmdline").flatMap((file) => {
    try {
      return [readFileSync(file, "utf8").replaceAll("\0", " ").trim()];
    } catch {
      return []; // it has ended meanwhile
    }
  });
  return all.filter((line) => line.endsWith(words));
}
