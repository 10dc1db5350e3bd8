import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import LoginCommand from "../../commands/login.ts";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";
import { runCommand } from "../support/command.ts";

let ecr: LocalEcr;
let directory: string;

beforeEach(async () => {
  ecr = await startLocalEcr();
  directory = mkdtempSync(join(tmpdir(), "slipway-login-"));
  const script = '#!/bin/sh\necho "$*" >> "$SEEN"; cat > /dev/null\n';
  writeFileSync(join(directory, "docker"), script);
  chmodSync(join(directory, "docker"), 0o755);
});
afterEach(async () => {
  rmSync(directory, { recursive: true });
  await ecr.close();
});

const seen = () => readFileSync(join(directory, "seen"), "utf8");
const login = (...args: string[]) =>
  runCommand(LoginCommand, args, {
    cwd: directory,
    env: {
      ...ecr.env,
      HOME: directory,
      PATH: `${directory}:/usr/bin:/bin`,
      SEEN: join(directory, "seen"),
    },
  });

describe("login --print", () => {
  test("is a credential helper's answer that opens the registry, and leaves nothing behind", async () => {
    const before = readdirSync(directory);
    const { stdout, stderr, exit } = await login("--print", "--region", "eu-west-1");
    expect(exit).toBe(0);
    expect(stderr).toBe("");
    expect(stdout.trim().split("\n")).toHaveLength(1);
    const { ServerURL, Username, Secret, ...rest } = JSON.parse(stdout);
    expect(rest).toEqual({});
    expect(Username).toBe("AWS");
    const authorization = `Basic ${Buffer.from(`${Username}:${Secret}`).toString("base64")}`;
    const answer = await fetch(`http://${ServerURL}/v2/`, { headers: { authorization } });
    expect(answer.status).toBe(200);
    expect(readdirSync(directory)).toEqual(before);
  });

  test("is the same with --json", async () => {
    const { stdout } = await login("--print", "--region", "eu-west-1", "--json");
    expect(Object.keys(JSON.parse(stdout))).toEqual(["ServerURL", "Username", "Secret"]);
  });

  test("is for one target", async () => {
    const { stdout, stderr, exit } = await login(
      ...["--print", "--region", "eu-west-1", "--region", "us-east-1"],
    );
    expect(exit).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain("eu-west-1, us-east-1");
  });
});

test("login tells docker of every region once", async () => {
  const { stdout, exit } = await login("--region", "eu-west-1", "--region", "us-east-1");
  expect(exit).toBe(0);
  expect(stdout.match(/logged in to 127\.0\.0\.1:\d+ until \d{4}-/g)).toHaveLength(2);
  const calls = seen().trim().split("\n");
  expect(calls).toHaveLength(2);
  for (const call of calls) expect(call).toMatch(/^login --username AWS --password-stdin 127\./);
});

test.each([["--print"], []])(
  "no login with an account that is not expected %j",
  async (...args) => {
    const wrong = ["--region", "eu-west-1", "--expect-account", "098765432109"];
    const { stdout, stderr, exit } = await login(...args, ...wrong);
    expect(exit).toBe(3);
    expect(stdout).toBe("");
    expect(stderr).toContain("123456789012");
    expect(() => seen()).toThrow("ENOENT");
  },
);
