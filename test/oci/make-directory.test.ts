import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { makeDirectory } from "../../src/oci/make-directory.ts";

const dir = mkdtempSync(join(tmpdir(), "make-directory-"));
afterAll(() => rmSync(dir, { recursive: true }));

test("with those above it, and again, and several at once", async () => {
  const path = join(dir, "a", "b", "c");
  await Promise.all([makeDirectory(path), makeDirectory(path), makeDirectory(join(dir, "a"))]);
  await makeDirectory(path);
  expect(statSync(path).isDirectory()).toBe(true);
});

test("not below a file, nor in its place, nor through a link to nowhere", async () => {
  const file = join(dir, "file");
  writeFileSync(file, "");
  const link = join(dir, "link");
  symlinkSync(join(dir, "nowhere"), link);
  await expect(makeDirectory(file)).rejects.toMatchObject({ code: "EEXIST", path: file });
  await expect(makeDirectory(join(file, "x"))).rejects.toMatchObject({ code: "ENOTDIR" });
  await expect(makeDirectory(join(link, "x"))).rejects.toMatchObject({ path: link });
});

test.runIf(existsSync("/proc/self"))("ends where nothing can be made", async () => {
  await expect(makeDirectory("/proc/nowhere/x")).rejects.toMatchObject({
    code: "ENOENT",
    path: "/proc/nowhere",
  });
});
