import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import LocalCommand from "../../commands/local.ts";
import { runCommand } from "../support/command.ts";

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "slipway-local-"));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const local = (args: string[], options: object = {}) =>
  runCommand(LocalCommand, args, { cwd, ...options });

describe("slipway local -- COMMAND", () => {
  it("ends with the exit status of the command", async () => {
    expect((await local(["--", "sh", "-c", "exit 7"])).exit).toBe(7);
    expect((await local(["--", "true"])).exit).toBe(0);
  });

  it("counts a signal as shells do", async () => {
    expect((await local(["--", "sh", "-c", "kill -TERM $$"])).exit).toBe(143);
  });

  it("leads the command here, and away from what would outrank it", async () => {
    const out = join(cwd, "env");
    await local(["--", "sh", "-c", `env > ${out}`], { env: { AWS_PROFILE: "production" } });
    const env = readFileSync(out, "utf8");
    expect(env).toMatch(/^AWS_ENDPOINT_URL_ECR=http:\/\/127\.0\.0\.1:\d+$/m);
    expect(env).toMatch(/^AWS_REGION=us-east-1$/m);
    expect(env).not.toContain("AWS_PROFILE");
  });

  it("gives the command its words in their order, those that occur twice too", async () => {
    const out = join(cwd, "words");
    const words = ["a", "--region", "b", "--region", "c", "a", "--", "-q"];
    await local(["--", "sh", "-c", `printf '%s ' "$@" > ${out}`, "sh", ...words]);
    expect(readFileSync(out, "utf8")).toBe(`${words.join(" ")} `);
  });

  it("says when there is no such command", async () => {
    const { stderr, exit } = await local(["--", "no-such-program"]);
    expect(exit).toBe(1);
    expect(stderr).toContain("TOOL_MISSING  'no-such-program' is not installed or not on PATH");
  });

  it("wants the -- before the command", async () => {
    const { stderr, exit } = await local(["sh", "-c", "true"]);
    expect(exit).toBe(2);
    expect(stderr).toMatch(/USAGE {2}/);
  });
});

describe("slipway local", () => {
  it("serves until Ctrl-C and says how to use it", async () => {
    const { stdout, exit } = await local([], { interruptAfter: "until Ctrl-C" });
    expect(exit).toBe(0);
    expect(stdout).toMatch(
      /local ECR at http:\/\/127\.0\.0\.1:\d+, its registry at 127\.0\.0\.1:\d+, until Ctrl-C/,
    );
    expect(stdout).toMatch(/docker login .* 127\.0\.0\.1:\d+$/m);
    expect(stdout).toContain("export AWS_ENDPOINT_URL_ECR=");
  });

  it("prints one JSON document with --json", async () => {
    const { stdout } = await local(["--json"], { interruptAfter: "}\n" });
    const { endpoint, registry, env } = JSON.parse(stdout);
    expect(env.AWS_ENDPOINT_URL_ECR).toBe(endpoint);
    expect(registry).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it("keeps its data with --data", async () => {
    await local(["--data", "kept"], { interruptAfter: "until Ctrl-C" });
    expect(existsSync(join(cwd, "kept"))).toBe(true);
  });

  it("names a port that is taken", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    const { stderr, exit } = await local(["--port", String(port)]);
    server.close();
    expect(exit).toBe(1);
    expect(stderr).toContain(`LOCAL_ECR_FAILED  the local ECR cannot listen on port ${port}`);
    expect(stderr).toContain("try  ");
  });

  it.each([
    [["--account", "12"], "'12' is not an AWS account id"],
    [["--region", "here"], "'here' is not an AWS region"],
    [["--port", "99999"], "99999"],
  ])("refuses %j", async (args, said) => {
    const { stderr, exit } = await local(args);
    expect(exit).toBe(2);
    expect(stderr).toContain("USAGE  ");
    expect(stderr).toContain(said);
  });
});
