import { expect, test } from "vitest";
import { defaultDockerfileGate } from "../../src/config/defaults.ts";
import { judgeDockerfile } from "../../src/gates/dockerfile/judge.ts";
import { buildSpec } from "../support/build-spec.ts";
import { project } from "../support/project.ts";

test("the Dockerfile of a linked target is judged too, but not as if it were published", async () => {
  using dir = project({
    Dockerfile: 'FROM base\nUSER root\nCMD ["app"]\n',
    "base.Dockerfile": "FROM alpine:latest\nUSER root\nADD app /app\nCOPY . /all\n",
    ".env": "A=1\n",
    ".dockerignore": "none\n",
  });
  const spec = buildSpec({
    contexts: { base: "target:base", other: "target:other" },
    linked: {
      base: buildSpec({ dockerfile: "base.Dockerfile" }),
      other: buildSpec({ dockerfile: "base.Dockerfile", args: { A: "1" } }),
      gone: buildSpec({ dockerfile: "gone.Dockerfile" }),
    },
  });
  const settings = { ...defaultDockerfileGate, ignore: ["BASE_NOT_PINNED"] };
  const place = {
    // No docker is asked.
    ...{ projectDir: dir.dir, env: { PATH: "" }, signal: new AbortController().signal },
    ...{ cacheDir: dir.dir, now: () => new Date() },
  };
  const { findings, summary } = await judgeDockerfile(settings, { spec }, place as never);
  const told = findings.filter(({ code }) => !code.startsWith("BUILDKIT"));
  expect(told.map(({ code, place }) => `${code} ${place}`).sort()).toEqual([
    "ADD_FOR_COPY base.Dockerfile:3",
    "BASE_LATEST base.Dockerfile:1",
    // Two findings: the history, and the credentials.
    "CONTEXT_LEAKS base.Dockerfile:4",
    "CONTEXT_LEAKS base.Dockerfile:4",
    "USER_ROOT Dockerfile:2",
  ]);
  expect(summary).toBe("Dockerfile, base.Dockerfile, gone.Dockerfile is not on this machine");
});
