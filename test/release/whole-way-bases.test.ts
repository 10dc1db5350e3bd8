import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { receiptText } from "../../src/cli/publishing/receipt-text.ts";
import type { Overrides } from "../../src/config/overrides.ts";
import { writeLayout } from "../support/layout.ts";
import { prepareLayout } from "../support/prepared.ts";
import { type Project, project } from "../support/project.ts";
import { plan, type Rehearsal, rehearsal, release } from "../support/release.ts";

const hex = "f2ac8578334117f3c2d12c77fc84db50698258bae049bfa4c38043844a3e44aa";
const base = { name: "python:3.13", digest: `sha256:${hex}` };
const materials = [{ uri: "pkg:docker/python@3.13", digest: { sha256: hex } }];

let dir: string;
let local: Rehearsal;
let source: Project;

afterEach(async () => {
  source[Symbol.dispose]();
  await local[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});

async function start(): Promise<void> {
  dir = mkdtempSync(join(tmpdir(), "slipway-registry-"));
  local = await rehearsal({ dir });
  source = project({
    "slipway.yaml": "image: team/app\ntargets: [us-east-1]\nrepository: { create: true }\n",
    Dockerfile: "FROM python:3.13\n",
  });
}

async function releaseOne() {
  await prepareLayout(source, local, { materials });
  return await release(source, "1.0.0");
}

/** What stands in the way of the same commit with another build argument. */
async function otherInputs() {
  const overrides: Overrides = { build: { args: { DEBUG: "1" } } };
  return (await plan(source, "1.0.0", { overrides })).problems.filter(
    ({ code }) => code === "TAG_TAKEN",
  );
}

it("the receipt says what the image was built from", async () => {
  await start();
  const { receipt } = await releaseOne();
  expect(receipt.bases).toEqual([base]);
  expect(receiptText(receipt).split("\n")).toContainEqual(
    expect.stringMatching(new RegExp(`^ +built from +${base.name} +.*${base.digest}`)),
  );
});

it("another build of the same commit says what it was built on", async () => {
  await start();
  await releaseOne();
  const problems = await otherInputs();
  expect(problems.length).toBe(2);
  for (const { message } of problems) {
    expect(message).toMatch(/the same commit built with other inputs/);
    expect(message).toContain(`it was built on ${base.name}@${base.digest}`);
  }
});

it.each(["GetDownloadUrlForLayer", "GetAuthorizationToken"])(
  "and goes without where %s is not allowed",
  async (action) => {
    await start();
    await releaseOne();
    await local[Symbol.asyncDispose]();
    local = await rehearsal({ dir, deny: [action] });
    const problems = await otherInputs();
    expect(problems.length).toBe(2);
    for (const { message } of problems) expect(message).not.toContain("built on");
  },
);

it("a layout as a named context counts by what it holds, and not by where it is", async () => {
  await start();
  const at = (name: string, seed: string): Overrides => {
    const path = join(local.cacheDir, name);
    writeLayout(path, { seed });
    return { build: { contexts: { python: `oci-layout://${path}` } } };
  };
  const inputs = async (overrides: Overrides) =>
    (await plan(source, "1.0.0", { overrides })).source.inputs;
  const here = await inputs(at("here", "a"));
  expect(await inputs(at("there", "a"))).toBe(here);
  expect(await inputs(at("changed", "b"))).not.toBe(here);
});
