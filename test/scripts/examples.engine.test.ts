import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "../../scripts/place.ts";
import { type Binary, builtBinary } from "../support/binary.ts";
import { useEngine } from "../support/engine.ts";

let top: string;
let binary: Binary;
let contexts: string;

beforeAll(async () => {
  const engine = await useEngine();
  contexts = JSON.stringify(engine.contexts);
  binary = builtBinary();
  top = mkdtempSync(join(tmpdir(), "slipway-examples-"));
  writeFileSync(
    join(top, "slipway"),
    `#!/bin/sh\nexec "${process.execPath}" "${binary.file}" "$@"\n`,
  );
  chmodSync(join(top, "slipway"), 0o755);
});
afterAll(() => {
  spawnSync("docker", ["image", "rm", "--force", "shop-database:example"]);
  binary?.[Symbol.dispose]();
  rmSync(top, { recursive: true, force: true });
});

/** A copy of an example, its base image replaced as its README says. */
function copyOf(example: string): string {
  const folder = join(top, example);
  cpSync(join(root, "examples", example), folder, { recursive: true });
  for (const file of globSync("{,repaired/}{slipway,compose}.yaml", { cwd: folder })) {
    const key = file === "compose.yaml" ? "additional_contexts" : "contexts";
    const path = join(folder, file);
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replaceAll("build: { context: .", `$&, ${key}: ${contexts}`));
  }
  return folder;
}

interface Shown {
  readonly command: string;
  /** What the README shows of its answer. */
  readonly answer: readonly string[];
}

/** The commands of a README's consoles, with their answers. */
function shownIn(readme: string): Shown[] {
  const consoles = [...readme.matchAll(/^```console\n(.*?)^```$/gms)].map(([, text = ""]) => text);
  return consoles
    .flatMap((text) => text.split(/^\$ /m).slice(1))
    .map((part) => {
      // A quoted command goes on over lines.
      const [command = ""] = /^[^'\n]*(?:'[^']*'[^'\n]*)?/.exec(part) ?? [];
      return { command, answer: part.slice(command.length).split("\n") };
    });
}

function run(command: string, cwd: string): string {
  const identity = { NAME: "t", EMAIL: "t@example.com" };
  const who = Object.entries(identity).flatMap(([name, value]) =>
    ["AUTHOR", "COMMITTER"].map((role) => [`GIT_${role}_${name}`, value]),
  );
  const env = {
    ...{ ...process.env, ...Object.fromEntries(who) },
    SLIPWAY_CACHE_DIR: join(top, "cache"),
    PATH: `${top}${delimiter}${process.env.PATH}`,
  };
  const { stdout, stderr } = spawnSync("sh", ["-c", command], { cwd, env, encoding: "utf8" });
  return stripVTControlCharacters(`${stdout}\n${stderr}`);
}

/** What must be the same at each run: gates and their verdicts, codes, releases, and which layers came and went. */
const lasting = [
  /gate \w+ (?:passed|failed)/,
  /^ +[A-Z]+(?:_[A-Z]+)+ /,
  /^GATE_FAILED .*/,
  /^\S+ \S+ released/,
  /(?:[−-]|over) *6\.0 MB/,
  / {2}(?:this image|the other)$/,
  /^ {2}[+-] {2}(?:COPY|RUN) .*/,
];

/** Without what a layer weighs: the times of its files make a byte more or less of it. */
function unweighed(text: string): string {
  return text.replaceAll(/ +[\d.]+ [kM]?B +[▏▎▍▌▋▊▉█]+ +/g, "  ");
}

test.each(["compose", "leaky", "stages"])("%s does what its README shows", (example) => {
  const folder = copyOf(example);
  const shown = shownIn(readFileSync(join(root, "examples", example, "README.md"), "utf8"));
  expect(shown.length).toBeGreaterThan(1);
  let promised = 0;
  for (const { command, answer } of shown) {
    const said = run(command, folder);
    const words = answer
      .flatMap((line) => [line, unweighed(line)])
      .flatMap((line) => lasting.flatMap((form) => form.exec(line)?.[0].trim() ?? []));
    for (const one of words) expect(`${said}\n${unweighed(said)}`, command).toContain(one);
    promised += words.length;
  }
  expect(promised).toBeGreaterThan(3);
});
