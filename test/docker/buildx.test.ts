import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { buildxCommand } from "../../src/docker/buildx.ts";

let place: string;
let env: Record<string, string>;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "slipway-buildx-"));
  mkdirSync(join(place, "bin"));
  env = { PATH: join(place, "bin"), HOME: place, DOCKER_CONFIG: join(place, "config") };
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

const docker = () => join(place, "bin", "docker");
const program = () => symlinkSync(process.execPath, docker());
const plugin = (...directory: string[]) => {
  const file = write("", ...directory, "docker-buildx");
  chmodSync(file, 0o755);
  return file;
};

function write(text: string, ...path: string[]): string {
  const file = join(place, ...path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

test("buildx is started by its own program, where docker looks first", () => {
  program();
  const own = plugin("config", "cli-plugins");
  expect(buildxCommand(env)).toEqual([own]);
  expect(buildxCommand({ ...env, PATH: `/nowhere:${env.PATH}` })).toEqual([own]);
  const extra = plugin("extra");
  write(JSON.stringify({ cliPluginsExtraDirs: [dirname(extra)] }), "config", "config.json");
  expect(buildxCommand(env)).toEqual([extra]);
});

test("the user's own docker directory counts where no other is named", () => {
  program();
  const own = plugin(".docker", "cli-plugins");
  expect(buildxCommand({ ...env, DOCKER_CONFIG: undefined })).toEqual([own]);
});

test("what is found by a relative path is started from everywhere", () => {
  program();
  const own = plugin("config", "cli-plugins");
  const DOCKER_CONFIG = relative(process.cwd(), join(place, "config"));
  expect(buildxCommand({ ...env, DOCKER_CONFIG })).toEqual([own]);
});

test("a docker that is a script is asked, as it means more than docker", () => {
  chmodSync(write('#!/bin/sh\nexec sudo docker "$@"\n', "bin", "docker"), 0o755);
  plugin("config", "cli-plugins");
  expect(buildxCommand(env)).toEqual(["docker", "buildx"]);
});

test("docker is asked where there is none on PATH", () => {
  plugin("config", "cli-plugins");
  expect(buildxCommand(env)).toEqual(["docker", "buildx"]);
  expect(buildxCommand({ ...env, PATH: undefined })).toEqual(["docker", "buildx"]);
});

test("a plugin that may not be executed is passed by, as docker does", () => {
  program();
  write("", "config", "cli-plugins", "docker-buildx");
  expect(buildxCommand(env)).toEqual(["docker", "buildx"]);
});

test("a configuration that cannot be read leaves the other places", () => {
  program();
  const own = plugin("config", "cli-plugins");
  write("{", "config", "config.json");
  expect(buildxCommand(env)).toEqual([own]);
});
