import { afterEach, beforeEach, describe, expect, it } from "vitest";
import LintCommand from "../../commands/lint.ts";
import { runCommand } from "../support/command.ts";
import { type Project, project } from "../support/project.ts";

const good = `FROM node:24-slim AS build
COPY . .
FROM node:24-slim
COPY --from=build /app /app
USER node
CMD ["node", "/app"]
`;

let made: Project;

beforeEach(() => {
  made = project({
    "good/Dockerfile": good,
    "good/.dockerignore": ".git\n",
    "bad/Dockerfile": "FROM node:24-slim\nCOPY .env /\nUSER node\n",
    "warned/Dockerfile": "FROM nginx\nUSER nginx\n",
  });
});
afterEach(() => made[Symbol.dispose]());

/** Without docker: our own rules alone. */
const lint = (args: string[], env: Record<string, string> = {}) =>
  runCommand(LintCommand, args, {
    cwd: made.dir,
    env: { PATH: "/nowhere", GITHUB_ACTIONS: undefined, ...env },
  });

describe("slipway lint", () => {
  it("has nothing against a good file, and says that BuildKit was not asked", async () => {
    const { stdout, exit, value } = await lint(["good/Dockerfile"]);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^good\/Dockerfile {2}nothing to mend, \d infos?$/m);
    expect(value?.[0]?.findings.map(({ code }) => code)).toContain("BUILDKIT_CHECKS_MISSING");
  });

  it("refuses errors with 3, each with its place, reason, repair and page", async () => {
    const { stdout, exit } = await lint(["bad/Dockerfile"]);
    expect(exit).toBe(3);
    expect(stdout).toContain("SECRET_COPIED  bad/Dockerfile:2: COPY puts .env into a layer");
    expect(stdout).toMatch(/why {2}whoever can pull.*\n +try {2}.*secret.*\n +see {2}https:/);
  });

  it("refuses warnings where it is asked to", async () => {
    expect((await lint(["warned/Dockerfile"])).exit).toBe(0);
    expect((await lint(["warned/Dockerfile", "--strict"])).exit).toBe(3);
  });

  it("prints one document with --json", async () => {
    const { stdout, value } = await lint(["bad/Dockerfile", "good/Dockerfile", "--json"]);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(value)));
    expect(value?.map(({ file }) => file)).toEqual(["bad/Dockerfile", "good/Dockerfile"]);
  });

  it("prints SARIF, in which every result names a rule of the list", async () => {
    const { stdout } = await lint(["bad/Dockerfile", "--format", "sarif"]);
    const [run] = JSON.parse(stdout).runs;
    const { rules } = run.tool.driver;
    for (const { ruleId, ruleIndex } of run.results) expect(rules[ruleIndex].id).toBe(ruleId);
    expect(run.results).toContainEqual(
      expect.objectContaining({
        ruleId: "SECRET_COPIED",
        level: "error",
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: "bad/Dockerfile" },
              region: { startLine: 2 },
            },
          },
        ],
      }),
    );
  });

  it("annotates in GitHub Actions", async () => {
    const { stdout } = await lint(["bad/Dockerfile"], { GITHUB_ACTIONS: "true" });
    expect(stdout).toMatch(/^::error file=bad\/Dockerfile,line=2::SECRET_COPIED: COPY puts/m);
  });

  it("looks at what the build of slipway.yaml takes, by the gate's settings", async () => {
    made.commit({
      "slipway.yaml":
        "build: { dockerfile: good/Dockerfile, context: good }\ngates: { dockerfile: { pin: digest, ignore: [BUILDKIT_CHECKS_MISSING] } }\n",
      "good/.env": "TOKEN=1\n",
    });
    const { value, exit } = await lint([]);
    expect(exit).toBe(3);
    const found = value?.flatMap(({ findings }) =>
      findings.map(({ code, level }) => [code, level]),
    );
    expect(found).toEqual([
      ["BASE_NOT_PINNED", "error"],
      ["CONTEXT_LEAKS", "warning"],
      ["BASE_NOT_PINNED", "error"],
    ]);
  });

  it("looks at the Dockerfile of every image that slipway.yaml has, once", async () => {
    made.commit({
      "slipway.yaml": `images:
  shop/api: { build: { dockerfile: two/Dockerfile, context: good, target: api } }
  shop/web: { build: { dockerfile: two/Dockerfile, context: good, target: web } }
  shop/job: { build: { dockerfile: bad/Dockerfile, context: bad } }
`,
      "two/Dockerfile":
        'FROM nginx AS api\nUSER nginx\nFROM nginx AS web\nUSER root\nCMD ["web"]\n',
    });
    const { value, exit } = await lint([]);
    expect(exit).toBe(3);
    const told = value?.map(({ file, findings }) => [
      file,
      ...findings
        .filter(({ level }) => level !== "info")
        .map(({ code, line }) => `${code} ${line}`),
    ]);
    expect(told).toEqual([
      ["two/Dockerfile", "BASE_NO_TAG 1", "BASE_NO_TAG 3", "USER_ROOT 4"],
      ["bad/Dockerfile", "SECRET_COPIED 2"],
    ]);
    expect(value?.flatMap(({ findings }) => findings)).not.toContainEqual(
      expect.objectContaining({ code: "UNUSED_STAGE" }),
    );
    expect((await lint(["good/Dockerfile"])).exit).toBe(0);
  });

  it("says which file is not there", async () => {
    const { exit, stderr } = await lint(["nowhere/Dockerfile"]);
    expect(exit).toBe(2);
    expect(stderr).toContain(
      "'nowhere/Dockerfile' cannot be read: there is no such file or directory (ENOENT)",
    );
  });
});
