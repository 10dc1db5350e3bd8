import { beforeAll, expect, test } from "vitest";
import { checkBuild } from "../../src/docker/check.ts";
import { buildSpec } from "../support/build-spec.ts";
import { useEngine } from "../support/engine.ts";
import { project } from "../support/project.ts";

const env = process.env;

beforeAll(async () => {
  await useEngine();
});

test("BuildKit's own warnings come with their rule, page and line, and nothing is built", async () => {
  using made = project({ Dockerfile: "FROM scratch AS Base\nCOPY . /\nCMD echo hi\n" });
  const checked = await checkBuild({ spec: buildSpec({}), cwd: made.dir, env });
  expect(checked).toEqual({
    state: "checked",
    warnings: [
      expect.objectContaining({ rule: "StageNameCasing", line: 1 }),
      expect.objectContaining({
        rule: "JSONArgsRecommended",
        line: 3,
        url: expect.stringMatching(/^https:\/\/docs\.docker\.com\//),
      }),
    ],
  });
});

test("a text that BuildKit cannot read is told with its line", async () => {
  using made = project({ Dockerfile: "FROM scratch\nFOO bar\n" });
  const checked = await checkBuild({ spec: buildSpec({}), cwd: made.dir, env });
  expect(checked).toMatchObject({ state: "checked", stopped: { line: 2, unreadable: true } });
});

test("a base that is out of reach does not make a text unreadable", async () => {
  using made = project({ Dockerfile: "FROM 127.0.0.1:1/nothing:1\n" });
  const checked = await checkBuild({ spec: buildSpec({}), cwd: made.dir, env });
  expect(checked).toMatchObject({ state: "checked", stopped: { line: 1 } });
  expect(checked).not.toHaveProperty("stopped.unreadable");
});

test("a builder that is not there is no defect of the Dockerfile", async () => {
  using made = project({ Dockerfile: "FROM scratch\n" });
  const spec = buildSpec({ builder: "no-such-builder" });
  expect(await checkBuild({ spec, cwd: made.dir, env })).toMatchObject({ state: "missing" });
});
