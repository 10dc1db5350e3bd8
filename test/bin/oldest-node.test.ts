import { execFile, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Releasable, releasable } from "./releasable.ts";

const { engines } = createRequire(import.meta.url)("../../package.json");
/** As `node scripts/oldest-node.ts` brings it, and `npm test` calls that. */
const node = join(import.meta.dirname, "../../.cache/oldest-node/node_modules/node/bin/node");

const config = `image: team/app
targets: [ap-south-1, eu-central-1, us-east-1]
repository: { create: true }
lifecycle: lifecycle.json
`;
const untagged = {
  rulePriority: 1,
  selection: { tagStatus: "untagged", countType: "imageCountMoreThan", countNumber: 5 },
  action: { type: "expire" },
};

describe.skipIf(!existsSync(node))("on the oldest Node that package.json promises", () => {
  let ready: Releasable;

  beforeAll(async () => {
    const lifecycle = JSON.stringify({ rules: [untagged] });
    ready = await releasable({ files: { "slipway.yaml": config, "lifecycle.json": lifecycle } });
  }, 60_000);
  afterAll(() => ready?.[Symbol.asyncDispose]());

  it("runs, and is that Node", () => {
    const version = execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
    expect(`>=${version.replace(/^v|\.\d+$/g, "")}`).toBe(engines.node);
  });

  it.each([
    ["plan", "1.0.0"],
    ["release", "1.0.0"],
    ["verify", "1.0.0"],
    ["inspect", "1.0.0"],
    ["promote", "1.0.0", "--to", "eu-west-1", "--create-repository"],
    ["rollback", "latest", "--to", "1.0.0"],
    ["lifecycle", "plan"],
    ["lint", "--help"],
  ])("slipway %s goes without a warning", async (...args) => {
    const { binary, made } = ready;
    const run = promisify(execFile)(node, [binary.file, ...args], { cwd: made.dir });
    const { stderr } = await run;
    expect(stderr).not.toMatch(/warning/i);
  });
});
