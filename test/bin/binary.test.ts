import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Binary, builtBinary } from "../support/binary.ts";
import { staticallyLoaded } from "./loaded.ts";
import { newerThanNode14 } from "./old-syntax.ts";

let binary: Binary;
let scratch: string;

beforeAll(() => {
  binary = builtBinary();
  scratch = mkdtempSync(join(tmpdir(), "slipway-bin-test-"));
}, 60_000);
afterAll(() => {
  binary?.[Symbol.dispose]();
  rmSync(scratch, { recursive: true, force: true });
});

const { version } = createRequire(import.meta.url)("../../package.json") as { version: string };
const commands = globSync("commands/**/*.ts", { cwd: join(import.meta.dirname, "../..") }).map(
  (file) => file.replace(/^commands\/|\.ts$/g, "").replaceAll("/", " "),
);

function slipway(...args: string[]) {
  const env = { ...process.env, TMPDIR: scratch };
  const run = spawnSync(process.execPath, [binary.file, ...args], {
    cwd: scratch,
    encoding: "utf8",
    env,
  });
  return { exit: run.status, stdout: run.stdout, stderr: run.stderr };
}

describe("slipway, built", () => {
  it("says its version", () => {
    expect(slipway("--version")).toMatchObject({ exit: 0, stderr: "" });
    expect(slipway("--version").stdout).toContain(`slipway/${version} `);
  });

  it("lists every command in its help, in 80 columns", () => {
    const { stdout } = slipway("--help");
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    for (const name of commands) {
      expect(stdout).toMatch(new RegExp(`^ {2}${name.split(" ")[0]} `, "m"));
    }
  });

  it.each(commands)("has help with examples, in 80 columns: %s", (name) => {
    const { stdout, exit } = slipway(...name.split(" "), "--help");
    expect(exit).toBe(0);
    expect(stdout).toMatch(new RegExp(`^EXAMPLES\n {2}\\$ slipway ${name}`, "m"));
    // An example is there to be copied, so it stays on its line.
    const prose = stdout.slice(0, stdout.indexOf("EXAMPLES"));
    const long = prose.split("\n").filter((line) => line.length > 80);
    expect(long).toEqual([]);
    expect(prose, "an empty alternative").not.toMatch(/\|\s+\|/);
  });

  it.each([
    [["relase"], "there is no command 'relase'", "slipway release"],
    [["lifecycle", "aply"], "there is no command 'lifecycle aply'", "slipway lifecycle apply"],
    [["local", "status", "a:b"], "unexpected argument 'a:b'", "slipway local status --help"],
    [["--nonsense"], "there is no command '--nonsense'", "slipway --help"],
    [["plan", "--regoin", "x"], "--regoin", "slipway plan --help"],
    [["verfy", "1.0.0"], "there is no command 'verfy'", "slipway verify"],
    [
      ["lifecycle", "bogus", "--help"],
      "there is no command 'lifecycle bogus'",
      "slipway lifecycle --help",
    ],
    [["bogus", "-h"], "there is no command 'bogus'", "slipway --help"],
    [["verify"], "VERSION is missing: the version to prove", "slipway verify --help"],
    [["verify", "--region", "a", "b", "1.0.0"], "takes one value", "slipway verify --help"],
    [["local", "--port", "x"], "--port: expected an integer", "slipway local --help"],
    [["local", "--latency", "x"], "'x' is not a latency", "slipway local --help"],
    [["local", "--faults", "no"], "there is no such file", "slipway local --help"],
    [["release", "--plan=p", "--image=x"], "--image cannot stand beside", "slipway release --help"],
  ])("ends with 2 at %j and says what to type", (args, said, next) => {
    const { stdout, stderr, exit } = slipway(...args);
    expect(exit).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^USAGE {2}/);
    expect(stderr).toContain(said);
    expect(stderr).toContain(`try  ${next}\n`);
  });

  it.each(["relesed", "promtoe", "rolledback"])(
    "guesses no command that writes from %s",
    (word) => {
      const { stderr, exit } = slipway(word);
      expect(exit).toBe(2);
      expect(stderr.match(/slipway .*/g)).toEqual(["slipway --help"]);
    },
  );

  it("says as JSON that there is no such command", () => {
    const { stdout, exit } = slipway("verfy", "1.0.0", "--json");
    expect(exit).toBe(2);
    expect(JSON.parse(stdout).error.suggestions).toEqual(["slipway verify", "slipway --help"]);
  });

  it.each([
    [["help"], ["--help"]],
    [["-h"], ["--help"]],
    [
      ["help", "lifecycle", "plan"],
      ["lifecycle", "plan", "--help"],
    ],
    [["-v"], ["--version"]],
  ])("takes %j for %j", (args, same) => {
    expect(slipway(...args)).toEqual(slipway(...same));
  });

  it("says once what a command does, and truly how it is called", () => {
    const { stdout } = slipway("release", "--help");
    expect(stdout.split("build, publish and tag an image at every target")).toHaveLength(2);
    expect(stdout).toContain("$ slipway release [VERSION] [FLAGS]\n");
    expect(stdout).not.toContain(" | --");
    expect(stdout).not.toContain("Format output");
    expect(slipway("local", "--help").stdout).toContain("[-- COMMAND...]");
  });

  it("ends with the status of the command that it ran", () => {
    expect(slipway("local", "--", "sh", "-c", "exit 7").exit).toBe(7);
  });
});

describe("an old Node", () => {
  it.each([
    ["a ??= b;", ["AssignmentExpression"]],
    ["class A { static {} }", ["StaticBlock"]],
    ["const a = /x/v;", ["Literal"]],
    ["{ using a = b; }", ["VariableDeclaration"]],
    ["a?.(b ?? import('c'));", []],
  ])("would not read %s", (text, newer) => {
    expect(newerThanNode14(text)).toEqual(newer);
  });

  it("can read all that stands before the check of its version", () => {
    const files = staticallyLoaded(binary.file);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      expect([file, newerThanNode14(readFileSync(file, "utf8"))]).toEqual([file, []]);
    }
  });

  it("gets a sentence", ({ skip }) => {
    const old = oldNode() ?? skip("no old Node on this machine");
    const run = spawnSync(old, [binary.file, "plan"], { encoding: "utf8" });
    expect(run.status).toBe(1);
    expect(run.stdout).toBe("");
    expect(run.stderr).toMatch(
      /^slipway needs Node 22\.12 or newer, and this is \d+\.\d+\.\d+: .+\n$/,
    );
  });
});

function oldNode(): string | undefined {
  return ["/usr/bin/node", "/usr/local/bin/node"].find((path) => {
    if (!existsSync(path)) return false;
    const [major = 0, minor = 0] = execFileSync(path, ["--version"], { encoding: "utf8" })
      .slice(1)
      .split(".")
      .map(Number);
    return major < 22 || (major === 22 && minor < 12);
  });
}

describe("a reader that goes away", () => {
  it("is no error of ours", () => {
    const run = (args: string) =>
      spawnSync(
        "sh",
        [
          "-c",
          `{ sleep 0.1; "${process.execPath}" "${binary.file}" ${args}; echo "exit $?" >&2; } | true`,
        ],
        {
          encoding: "utf8",
          cwd: scratch,
        },
      );
    expect(run("release --help").stderr).toBe("exit 0\n");
    expect(run("init --json --force").stderr).toBe("exit 0\n");
    rmSync(join(scratch, "slipway.yaml"));
  });
});

describe("the package", () => {
  it("installs as one package that runs", { timeout: 60_000 }, () => {
    const npm = (cwd: string, ...args: string[]) =>
      execFileSync("npm", [...args, "--loglevel=error"], { cwd, encoding: "utf8" });
    const [packed] = JSON.parse(
      npm(binary.directory, "pack", "--ignore-scripts", "--json", "--pack-destination", scratch),
    );
    const home = join(scratch, "home");
    npm(
      scratch,
      "install",
      "--prefix",
      home,
      "--no-audit",
      "--no-fund",
      "--offline",
      join(scratch, packed.filename),
    );
    const installed = readdirSync(join(home, "node_modules")).filter(
      (name) => !name.startsWith("."),
    );
    expect(installed).toEqual(["slipway"]);
    const bin = join(home, "node_modules", ".bin", "slipway");
    const PATH = `${dirname(process.execPath)}:${process.env.PATH}`;
    const said = execFileSync(bin, ["--version"], {
      encoding: "utf8",
      env: { ...process.env, PATH },
    });
    expect(said).toContain(`slipway/${version} `);
    const files = packed.files.map(({ path }: { path: string }) => path);
    expect(files).toEqual(
      expect.arrayContaining([
        "LICENSE",
        "README.md",
        "THIRD_PARTY_LICENSES",
        "docs/permissions.md",
        "oclif.manifest.json",
        "slipway.schema.json",
      ]),
    );
    expect(
      files.filter((path: string) => /^(?:src|test|commands|node_modules)\//.test(path)),
    ).toEqual([]);
  });
});
