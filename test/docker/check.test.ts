import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { checkArguments } from "../../src/docker/build-arguments.ts";
import { checkBuild, readCheck, withFault } from "../../src/docker/check.ts";
import { buildSpec } from "../support/build-spec.ts";

const location = { ranges: [{ start: { line: 4 }, end: { line: 4 } }] };
const answer = (stdout: unknown, errorTail: string[] = []) =>
  readCheck({ exitCode: 1, stdout: JSON.stringify(stdout), errorTail });

test("a warning keeps its rule, its page and its line", () => {
  const warning = {
    ruleName: "StageNameCasing",
    description: "d",
    detail: "e",
    url: "u",
    location,
  };
  expect(answer({ warnings: [warning], sources: [] })).toEqual({
    state: "checked",
    warnings: [{ rule: "StageNameCasing", description: "d", detail: "e", url: "u", line: 4 }],
  });
});

test("where it went no further is told beside what it found", () => {
  expect(answer({ warnings: null, buildError: { message: "no such host", location } })).toEqual({
    state: "checked",
    warnings: [],
    stopped: { message: "no such host", line: 4 },
  });
});

test("what stops BuildKit when it lists the targets too is the text", () => {
  const stopped = { message: "unterminated heredoc", line: 2 };
  const said = (exitCode: number, ...errorTail: string[]) =>
    withFault(stopped, { exitCode, stdout: "", errorTail });
  expect(said(1, "ERROR: failed to solve: unterminated heredoc", "")).toMatchObject({
    unreadable: true,
  });
  expect(said(0)).toEqual(stopped);
  expect(said(1, "ERROR: Cannot connect to the Docker daemon")).toEqual(stopped);
});

test("what is no answer means that nobody was asked", () => {
  const said = { exitCode: 125, stdout: "", errorTail: ["unknown flag: --call", ""] };
  expect(readCheck(said)).toEqual({
    state: "missing",
    why: "docker buildx could not check: unknown flag: --call",
  });
  expect(answer([], ["x"])).toMatchObject({ state: "checked", warnings: [] });
});

test("the check is given what decides its answer, and no secret", () => {
  const spec = buildSpec({
    platforms: ["linux/arm64", "linux/amd64"],
    target: "runtime",
    secrets: [{ id: "npm", env: "TOKEN" }],
  });
  const args = checkArguments(spec);
  expect(args).toContain("--call=check,format=json");
  expect(args).toContain("--platform=linux/arm64");
  expect(args).toContain("--target=runtime");
  expect(args.join(" ")).not.toMatch(/secret|amd64/);
});

test("warnings are told, though nobody answers any more whose fault the stop is", async () => {
  const directory = mkdtempSync(join(tmpdir(), "slipway-check-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const answer = {
    warnings: [{ ruleName: "StageNameCasing", detail: "d", location }],
    buildError: { message: "no such host", location },
  };
  // It answers once, and is gone.
  const script = `#!/bin/sh\n/bin/rm "$0"\necho '${JSON.stringify(answer)}'\n`;
  writeFileSync(join(directory, "docker"), script);
  chmodSync(join(directory, "docker"), 0o755);
  const place = { spec: buildSpec(), cwd: directory, env: { PATH: directory } };
  expect(await checkBuild(place)).toEqual({
    state: "checked",
    warnings: [{ rule: "StageNameCasing", description: "", detail: "d", line: 4 }],
    stopped: { message: "no such host", line: 4 },
  });
});
