import { afterEach, beforeEach, expect, test } from "vitest";
import ReleaseCommand from "../../commands/release.ts";
import VerifyCommand from "../../commands/verify.ts";
import { runCommand } from "../support/command.ts";
import { prepareLayout } from "../support/prepared.ts";
import type { Project } from "../support/project.ts";
import { type ForwardProxy, openProxy } from "../support/proxy.ts";
import type { Rehearsal } from "../support/release.ts";
import { stage } from "../support/stage.ts";

const config = `image: team/app
targets: [{ region: us-east-1, role: "arn:aws:iam::123456789012:role/release" }]
repository: { create: true }
`;

let local: Rehearsal;
let made: Project;
let proxy: ForwardProxy;

beforeEach(async () => {
  ({ local, made } = await stage({ Dockerfile: "FROM scratch\n", "slipway.yaml": config }));
  proxy = await openProxy();
  await prepareLayout(made, local);
});
afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
});

const direct = { NO_PROXY: undefined, no_proxy: undefined };
const run = (command: typeof ReleaseCommand | typeof VerifyCommand, env: object) =>
  runCommand(command as typeof VerifyCommand, ["1.0.0"], { cwd: made.dir, env: { ...env } });

test("a whole release and its proof go through the proxy, and nothing goes beside it", async () => {
  const env = { HTTP_PROXY: proxy.url, ...direct };
  local.requests.length = 0;
  expect((await run(ReleaseCommand, env)).exit).toBe(0);
  expect((await run(VerifyCommand, env)).exit).toBe(0);
  expect(proxy.asked.length).toBeGreaterThan(20);
  // A request is told when its answer has left, and the one who asked may be done by then.
  await expect.poll(() => local.requests.length).toBe(proxy.asked.length);
});

test("what a local ECR puts in the environment keeps a proxy out of its way", async () => {
  expect((await run(ReleaseCommand, { HTTP_PROXY: proxy.url })).exit).toBe(0);
  expect(proxy.asked).toEqual([]);
});

test("a proxy that cannot be used is told at once", async () => {
  const { exit, stderr } = await run(ReleaseCommand, { HTTPS_PROXY: "socks5://proxy:1080" });
  expect(exit).toBe(2);
  expect(stderr).toContain("HTTPS_PROXY");
});
