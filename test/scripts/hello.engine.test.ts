import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { root } from "../../scripts/place.ts";
import { useEngine } from "../support/engine.ts";

let contexts: Readonly<Record<string, string>>;

beforeAll(async () => {
  ({ contexts } = await useEngine());
});

function docker(...args: string[]): string {
  return execFileSync("docker", args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

test.each([
  ["linux/amd64", "x86_64"],
  ["linux/arm64", "aarch64"],
])("the example says on %s where it was built", (platform, machine) => {
  const named = Object.entries(contexts).map(([name, at]) => `--build-context=${name}=${at}`);
  const what = ["--platform", platform, "--build-arg", "REVISION=0123abc"];
  const image = docker(
    "buildx",
    "build",
    "--quiet",
    "--load",
    ...what,
    ...named,
    join(root, "examples/hello"),
  );
  const hardened = ["--read-only", "--cap-drop", "ALL", "--network", "none"];
  const run = ["run", "--rm", "--platform", platform, ...hardened, image];
  expect(docker(...run, "cat", "/www/index.html")).toBe(
    `hello from ${platform} (${machine}), revision 0123abc`,
  );
  expect(docker(...run, "id", "-u")).toBe("65534");
});
