import { execFileSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import ReleaseCommand from "../../commands/release.ts";
import { runCommand } from "../support/command.ts";
import { project } from "../support/project.ts";
import { rehearsal } from "../support/release.ts";
import { registryState } from "../support/state.ts";
import { toolsWith } from "../support/tools.ts";
import { goodFiles } from "./worlds/world.ts";

/** A file system of its own as cache directory. Mounting is for root; `undefined` where it is refused. */
function tinyDisk(options: string): (Disposable & { readonly dir: string }) | undefined {
  const dir = mkdtempSync(join(tmpdir(), "slipway-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", dir], { stdio: "ignore" });
  } catch {
    rmdirSync(dir);
    return undefined;
  }
  const unmount = () => {
    execFileSync("umount", [dir]);
    rmdirSync(dir);
  };
  return { dir, [Symbol.dispose]: unmount };
}

async function releaseOn(disk: { readonly dir: string }) {
  await using local = await rehearsal();
  using made = project(goodFiles);
  const build = "dd if=/dev/zero of=$dest/blob bs=1024 count=1024; exit 1";
  const env = { SLIPWAY_CACHE_DIR: disk.dir, PATH: toolsWith({ build }) };
  const run = await runCommand(ReleaseCommand, ["1.0.0"], { cwd: made.dir, env });
  return { ...run, tags: Object.values(await registryState(local)).flatMap(Object.keys) };
}

it("a disk without room for one more file is the machine's fault, and said so", async ({
  skip,
}) => {
  using disk = tinyDisk("size=64k,nr_inodes=1") ?? skip("mounting is for root");
  const { stderr, exit, tags } = await releaseOn(disk);
  expect(exit).toBe(1);
  expect(stderr).toMatch(
    /^FILE_FAILED {2}cannot mkdir '.*': no space left on the disk \(ENOSPC\)/m,
  );
  expect(stderr).toContain("try  df -h");
  expect(stderr).not.toMatch(/^ +at /m);
  expect(tags).toEqual([]);
});

it("a disk that fills while buildx writes ends the build with what buildx says", async ({
  skip,
}) => {
  using disk = tinyDisk("size=64k") ?? skip("mounting is for root");
  const { stderr, exit, tags } = await releaseOn(disk);
  expect(exit).toBe(1);
  expect(stderr).toMatch(/^BUILD_FAILED {2}/m);
  expect(stderr).toContain("No space left on device");
  expect(stderr).toMatch(/^ {2}try {2}/m);
  expect(tags).toEqual([]);
});
