import { beforeAll, expect, test } from "vitest";
import { observeBuilder } from "../../src/docker/builder.ts";
import { builderProblems } from "../../src/docker/builder-problems.ts";
import { buildSpec } from "../support/build-spec.ts";
import { useEngine } from "../support/engine.ts";

beforeAll(async () => {
  await useEngine();
});

const codesOf = async (options: Parameters<typeof observeBuilder>[0]) =>
  builderProblems(await observeBuilder(options), buildSpec()).map(({ code }) => code);

test("the engine of the tests", async () => {
  const facts = await observeBuilder();
  expect(facts).toMatchObject({
    docker: expect.stringMatching(/^\d+\.\d+\.\d+/),
    engine: expect.stringMatching(/^\d+\.\d+\.\d+/),
    buildx: expect.stringMatching(/^\d+\.\d+\.\d+/),
    knowsOciArtifact: true,
  });
  expect(facts.builder?.nodes[0]?.platforms).toContain("linux/amd64");
});

test("an engine that is not there", async () => {
  const env = { DOCKER_HOST: "unix:///nowhere/docker.sock" };
  expect(await codesOf({ env })).toEqual(["DOCKER_UNREACHABLE"]);
});

test("a builder that is not there", async () => {
  expect(await codesOf({ builder: "nobody-made-this" })).toEqual(["BUILDER_MISSING"]);
});

test("an abort", async () => {
  await expect(observeBuilder({ signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: "INTERRUPTED",
  });
});
