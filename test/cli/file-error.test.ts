import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { asFileError } from "../../src/cli/file-error.ts";
import { verifyLayoutPlace } from "../../src/cli/files/output-layout.ts";

const dir = mkdtempSync(join(tmpdir(), "words-"));
const blank = join(dir, "a layout");
mkdirSync(blank);
afterAll(() => rmSync(dir, { recursive: true }));

const cache = "SLIPWAY_CACHE_DIR=DIR keeps layouts in another place";
const temporary = "TMPDIR=DIR keeps temporary files in another place";

it.each([
  ["in the cache", "EROFS", join(dir, "layouts", "one"), [`ls -ld ${dir}`, cache]],
  ["the cache", "EACCES", dir, [`ls -ld ${dir}`, cache]],
  ["beside the cache", "EROFS", `${dir}-2/x`, [`ls -ld ${tmpdir()}`]],
  [
    "a temporary one",
    "EROFS",
    join(tmpdir(), "slipway-no", "x"),
    [`ls -ld ${tmpdir()}`, temporary],
  ],
  ["with a blank", "EACCES", blank, [`ls -ld '${blank}'`, cache]],
  ["on a full disk", "ENOSPC", join(dir, "x"), [`df -h ${dir}`, cache]],
  ["unknown", "ENOSPC", undefined, ["df -h .", cache, temporary]],
])("of a path %s the directory that is there is looked at", (_, code, path, suggestions) => {
  const error = Object.assign(new Error(code), { code, syscall: "open", ...(path && { path }) });
  expect(asFileError(error, { SLIPWAY_CACHE_DIR: dir })?.suggestions).toEqual(suggestions);
});

it.each([
  ["ENOSPC", "df -h"],
  ["EROFS", "ls -ld"],
])("of a copy, %s is told of the disk that is written to", (code, look) => {
  const [path, dest] = [join(dir, "layouts", "blob"), join(tmpdir(), "out", "blob")];
  const error = Object.assign(new Error(code), { code, syscall: "copyfile", path, dest });
  const told = asFileError(error, { SLIPWAY_CACHE_DIR: dir });
  expect(told?.message).toContain(`'${dest}'`);
  expect(told?.suggestions).toEqual([`${look} ${tmpdir()}`]);
});

it("a layout cannot be left below a file", async () => {
  const file = join(dir, "file");
  writeFileSync(file, "");
  await expect(verifyLayoutPlace("--output", join(file, "out"))).rejects.toMatchObject({
    code: "USAGE",
    suggestions: [`ls -ld ${file}`, "name another directory"],
  });
});
