import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import ReleaseCommand from "../../../commands/release.ts";
import { verifyWritable } from "../../../src/cli/files/output-file.ts";
import { verifyLayoutPlace } from "../../../src/cli/files/output-layout.ts";
import { runCommand } from "../../support/command.ts";
import { prepareLayout } from "../../support/prepared.ts";
import { project } from "../../support/project.ts";
import { rehearsal } from "../../support/release.ts";
import { registryState } from "../../support/state.ts";
import { tinyDisk } from "../../support/tiny-disk.ts";
import { toolsWith } from "../../support/tools.ts";
import { goodFiles } from "../worlds/world.ts";

const filling = "dd if=/dev/zero of=$dest/blob bs=1024 count=1024; exit 1";

async function releaseOn(
  disk: { readonly dir: string },
  build = filling,
  before: () => void = () => {},
) {
  await using local = await rehearsal();
  using made = project(goodFiles);
  before();
  const env = { SLIPWAY_CACHE_DIR: disk.dir, PATH: toolsWith({ build }) };
  const run = await runCommand(ReleaseCommand, ["1.0.0"], { cwd: made.dir, env });
  const state = await registryState(local);
  const tags = Object.values(state).flatMap(Object.keys);
  return { ...run, tags, repositories: Object.keys(state) };
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

it("a place where no layout can be kept is told before the repository is created", async () => {
  using made = project(goodFiles);
  const { stderr, exit, repositories } = await releaseOn({ dir: join(made.dir, "Dockerfile") });
  expect(exit).toBe(1);
  expect(stderr).toMatch(/^FILE_FAILED {2}cannot mkdir '.*Dockerfile\/layouts': .* \(ENOTDIR\)/m);
  expect(stderr).toContain("try  SLIPWAY_CACHE_DIR=DIR keeps layouts in another place");
  expect(repositories).toEqual([]);
});

it("a disk that fills while buildx writes is no fault of the Dockerfile", async ({ skip }) => {
  using disk = tinyDisk("size=64k") ?? skip("mounting is for root");
  const { stderr, exit, tags } = await releaseOn(disk);
  expect(exit).toBe(1);
  expect(stderr).toMatch(
    /^FILE_FAILED {2}cannot write '.*': no space left on the disk \(ENOSPC\)/m,
  );
  expect(stderr).toContain(`try  df -h ${disk.dir}`);
  expect(stderr).toContain("try  SLIPWAY_CACHE_DIR=DIR keeps layouts in another place");
  expect(tags).toEqual([]);
});

it("a step that finds the engine's disk full is what the build says, also where ours is full", async ({
  skip,
}) => {
  using disk = tinyDisk("size=64k") ?? skip("mounting is for root");
  const build = "mkdir $dest/ingest; echo 'ERROR: no space left on device' >&2; exit 1";
  const { stderr, exit } = await releaseOn(disk, build, () => {
    writeFileSync(join(disk.dir, "others"), Buffer.alloc(60 * 1024));
  });
  expect(exit).toBe(1);
  expect(stderr).toMatch(/^BUILD_FAILED {2}the build failed: no space left on device/m);
});

it("a read-only disk is named as what it is, with the directory that is there", async ({
  skip,
}) => {
  using disk = tinyDisk("ro") ?? skip("mounting is for root");
  const { stderr, exit } = await releaseOn(disk);
  expect(exit).toBe(1);
  expect(stderr).toMatch(
    /^FILE_FAILED {2}cannot mkdir '.*': the file system is read-only \(EROFS\)/m,
  );
  expect(stderr).toContain(`try  ls -ld ${disk.dir}\n`);
});

it("a layout that could not be left where it was asked for is not built", async ({ skip }) => {
  using disk = tinyDisk("ro") ?? skip("mounting is for root");
  const place = join(disk.dir, "new", "layout");
  await expect(verifyLayoutPlace("--output", place)).rejects.toMatchObject({
    code: "USAGE",
    message: `--output '${place}' cannot be written: the file system is read-only (EROFS)`,
    suggestions: [`ls -ld ${disk.dir}`, "name another directory"],
  });
  const file = join(disk.dir, "plan.json");
  await expect(verifyWritable("--out", file)).rejects.toMatchObject({
    message: `--out '${file}' cannot be written: the file system is read-only (EROFS)`,
    suggestions: [`ls -ld ${disk.dir}`, "name another file"],
  });
});

it("a receipt that finds no room is told of a release that is out", async ({ skip }) => {
  using disk = tinyDisk("size=4k") ?? skip("mounting is for root");
  const file = join(disk.dir, "receipt.json");
  writeFileSync(join(disk.dir, "others"), Buffer.alloc(4 * 1024));
  await using local = await rehearsal();
  using made = project(goodFiles);
  await prepareLayout(made, local);
  const argv = ["1.0.0", "--receipt", file];
  const { stdout, stderr, exit } = await runCommand(ReleaseCommand, argv, { cwd: made.dir });
  expect(exit).toBe(1);
  expect(stdout).toMatch(/^team\/app 1\.0\.0 released/);
  expect(stderr).toContain(
    `FILE_FAILED  everything is published, and the receipt cannot be written to '${file}': no space left on the disk (ENOSPC)`,
  );
  const next = ["1.1.0", "--receipt", file, "--json"];
  const told = JSON.parse((await runCommand(ReleaseCommand, next, { cwd: made.dir })).stdout);
  const { digest, targets } = told.receipt;
  expect([told.error.code, told.receipt.version]).toEqual(["FILE_FAILED", "1.1.0"]);
  expect(targets[0].tags.at(-1)).toMatchObject({ tag: "latest", to: digest });
  rmSync(join(disk.dir, "others"));
  rmSync(file, { force: true });
  expect((await runCommand(ReleaseCommand, ["1.0.0"], { cwd: made.dir })).exit).toBe(0);
});
