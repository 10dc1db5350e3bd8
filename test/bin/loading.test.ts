import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Binary, builtBinary } from "../support/binary.ts";
import { staticallyLoaded } from "./loaded.ts";

let binary: Binary;

beforeAll(() => {
  binary = builtBinary();
}, 60_000);
afterAll(() => binary?.[Symbol.dispose]());

/** The packages whose code a command reads before it knows what it is asked for. */
function packagesOf(command: string): ReadonlySet<string> {
  const files = staticallyLoaded(join(binary.directory, "dist", "commands", `${command}.js`));
  const parts = files.flatMap((file) => [
    ...readFileSync(file, "utf8").matchAll(/^\/\/ .*\bnode_modules\/((?:@[^/\s]+\/)?[^/\s]+)/gm),
  ]);
  return new Set(parts.map(([, name = ""]) => name));
}

it("sees what a command reads", () => {
  expect(packagesOf("plan")).toContain("@aws-sdk/client-ecr");
  expect(packagesOf("lint")).toContain("execa");
});

it.each(["lint", "init", "local"])("asks no AWS, so reads nothing of it: %s", (command) => {
  const ofAws = [...packagesOf(command)].filter((name) => /^@(?:aws|smithy)/.test(name));
  expect(ofAws).toEqual([]);
});

it.each(["plan", "promote", "verify", "inspect", "rollback"])(
  "starts no process before its first question, so reads no execa: %s",
  (command) => expect(packagesOf(command)).not.toContain("execa"),
);

it("is in ASCII, which Node keeps in half the memory", () => {
  const files = globSync("dist/**/*.js", { cwd: binary.directory });
  expect(files.length).toBeGreaterThan(50);
  for (const file of files) {
    const isAscii = /^[\0-\x7f]*$/.test(readFileSync(join(binary.directory, file), "utf8"));
    expect([file, isAscii]).toEqual([file, true]);
  }
});
