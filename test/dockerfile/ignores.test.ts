import { describe, expect, it } from "vitest";
import { type LintFinding, lint } from "../../src/dockerfile/lint.ts";
import { readDockerfile } from "../../src/dockerfile/stages.ts";

function findings(text: string, others?: readonly LintFinding[], target?: string) {
  const file = readDockerfile(text, { args: {}, contexts: [] });
  const found = lint(file, { pin: "off", ignore: [], target, ...(others && { others }) });
  return found.map(({ code, line }) => `${line} ${code}`);
}

const other = (code: string, line: number): LintFinding => ({
  code,
  line,
  level: "warning",
  message: "",
  reason: "",
  repair: "",
});

describe("# slipway-ignore", () => {
  it("holds for the next instruction alone, with a reason", () => {
    const text = `FROM debian:13
# slipway-ignore: ADD_FOR_COPY the mirror rewrites COPY
ADD a /a
ADD b /b
USER 1
`;
    expect(findings(text)).toEqual(["4 ADD_FOR_COPY"]);
  });

  it("holds amid an instruction, and for several codes", () => {
    const text = `FROM debian:13
RUN apt-get update && \\
# slipway-ignore: APT_LISTS_KEPT, PIP_CACHE_KEPT both are looked at by the agent
    apt-get install -y python3-pip && pip install flask
USER 1
`;
    expect(findings(text)).toEqual([]);
  });

  it("does not hold without a reason", () => {
    const text = "FROM debian:13\n# slipway-ignore: ADD_FOR_COPY\nADD a /a\nUSER 1\n";
    expect(findings(text)).toEqual(["2 IGNORE_WITHOUT_REASON", "3 ADD_FOR_COPY"]);
  });

  it("is told when it ignores nothing, of BuildKit's only when BuildKit was asked", () => {
    const text = "FROM debian:13\n# slipway-ignore: ADD_FOR_COPY,StageNameCasing why\nUSER 1\n";
    expect(findings(text)).toEqual(["2 IGNORE_UNUSED"]);
    expect(findings(text, [])).toEqual(["2 IGNORE_UNUSED", "2 IGNORE_UNUSED"]);
    expect(findings(text, [other("StageNameCasing", 3)])).toEqual(["2 IGNORE_UNUSED"]);
  });
});

describe("what BuildKit found as well", () => {
  it("is told once", () => {
    const text = "FROM debian:13\nENV TOKEN=hunter2\nUSER 1\nCMD /app\n";
    const both = [other("SecretsUsedInArgOrEnv", 2), other("JSONArgsRecommended", 4)];
    expect(findings(text, both)).toEqual(["2 SECRET_IN_ENV", "4 JSONArgsRecommended"]);
  });

  it("is an info where it judged a name alone", () => {
    const file = readDockerfile("FROM debian:13\nENV GPG_KEY=AB\nUSER 1\n", {
      args: {},
      contexts: [],
    });
    const others = [other("SecretsUsedInArgOrEnv", 2)];
    expect(lint(file, { pin: "off", ignore: [], others })).toMatchObject([{ level: "info" }]);
  });
});

describe("the target", () => {
  const text = "FROM debian:13 AS test\nADD a /a\nUSER 1\nFROM debian:13\nUSER 1\n";

  it("decides what is judged", () => {
    expect(findings(text)).toEqual(["1 UNUSED_STAGE"]);
    expect(findings(text, undefined, "TEST")).toEqual(["2 ADD_FOR_COPY", "4 UNUSED_STAGE"]);
  });

  it("must be there, and so must a stage", () => {
    expect(findings(text, undefined, "tset")).toEqual(["1 TARGET_MISSING"]);
    expect(findings("# nothing\n")).toEqual(["1 NO_STAGE"]);
  });
});
