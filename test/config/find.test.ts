import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findConfig } from "../../src/config/find.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "slipway-find-"));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

describe("findConfig", () => {
  test("finds slipway.yaml before slipway.yml, and none where there is none", async () => {
    expect(await findConfig(directory)).toBeUndefined();
    await writeFile(join(directory, "slipway.yml"), "b");
    expect(await findConfig(directory)).toMatchObject({ file: "slipway.yml", text: "b" });
    await writeFile(join(directory, "slipway.yaml"), "a");
    const found = { file: "slipway.yaml", text: "a", projectDir: directory };
    expect(await findConfig(directory)).toEqual(found);
  });

  test("takes the file that is named, with its own directory as the project's", async () => {
    await mkdir(join(directory, "ci"));
    await writeFile(join(directory, "ci", "release.yaml"), "a");
    expect(await findConfig(directory, "ci/release.yaml")).toEqual({
      file: "ci/release.yaml",
      text: "a",
      projectDir: join(directory, "ci"),
    });
  });

  test("refuses a named file that does not exist or cannot be read", async () => {
    await expect(findConfig(directory, "x.yaml")).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: "'x.yaml' does not exist",
    });
    await expect(findConfig(directory, ".")).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: "'.' cannot be read (EISDIR)",
    });
  });
});
