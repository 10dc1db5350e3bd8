import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../../scripts/place.ts";
import { shownCommands } from "../../scripts/write-docs.d/commands-page.ts";
import { environment } from "../../scripts/write-docs.d/environment.ts";

const names = globSync(
  ["*.md", "{docs,src,bench,scripts,examples}/*.md", "{src/local,examples/*}/README.md"],
  { cwd: root },
);
const pages = new Map(names.map((name) => [name, readFileSync(join(root, name), "utf8")]));
const commands = new Map(
  (await shownCommands()).map(({ name, command }) => [
    name,
    new Set([...Object.keys({ ...command.baseFlags, ...command.flags }), "json", "help"]),
  ]),
);

const topics = new Set([...commands.keys()].map((name) => name.split(" ")[0] ?? ""));

/** What is typed, on pages: in code alone, for a sentence may begin with the name as well. */
const calls = [...pages].flatMap(([page, text]) =>
  [...text.matchAll(/^ *(?:\w*\$|(?:- )?run:|-) .*$|^ {4}.*\bslipway .*$|`[^`\n]+`/gm)]
    .flatMap(([code]) => [...code.matchAll(/\bslipway ([a-z](?:(?! -- )[^`#|;&])*)/g)])
    .map(([, call = ""]) => [page, call.trim()] as const),
);

describe("the pages", () => {
  it("have calls to look at", () => {
    expect(calls.length).toBeGreaterThan(100);
  });

  it("name commands and flags that exist", () => {
    expect(calls.filter(([, call]) => !isCall(call))).toEqual([]);
  });

  it("link to files and headings that exist", () => {
    const links = [...pages].flatMap(([page, text]) =>
      [...withoutCode(text).matchAll(/\]\((?!https?:)([^)\s]*)\)/g)].map(
        ([, link = ""]) => [page, link] as const,
      ),
    );
    expect(links.length).toBeGreaterThan(70);
    expect(links.filter(([page, link]) => !leadsSomewhere(page, link))).toEqual([]);
  });
});

function isCall(call: string): boolean {
  const words = call.split(/\s+/);
  const name = [words.slice(0, 2).join(" "), words[0] ?? ""].find((one) => commands.has(one));
  if (name === undefined) return topics.has(call.replace(/ --help$/, ""));
  const used = words.flatMap((word) => /^--([a-z][a-z-]*)/.exec(word)?.[1] ?? []);
  return used.every((flag) => commands.get(name)?.has(flag));
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const file = path === "" ? page : normalize(join(dirname(page), path));
  if (anchor === undefined) return existsSync(join(root, file));
  return anchorsOf(pages.get(file) ?? "").includes(anchor);
}

/** As GitHub makes them of headings. */
function anchorsOf(text: string): string[] {
  return [...withoutCode(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_\- ]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function withoutCode(text: string): string {
  return text.replaceAll(/^ *```.*?^ *```$/gms, "");
}

describe("the environment variables of docs/commands.md", () => {
  const files = globSync("{src,commands}/**/*.ts", { cwd: root });
  const sources = files
    .filter((file) => !file.startsWith(join("src", "local")))
    .map((file) => readFileSync(join(root, file), "utf8"))
    .join("\n");
  const told = environment.flatMap(([variables]) => variables);

  it("are all that the code reads", () => {
    const dotted = [...sources.matchAll(/\benv\.([A-Z][A-Z0-9_]+)\b/g)].map(([, name]) => name);
    const taken = [
      ...sources.matchAll(
        /\{ ([A-Z][^{}]*) \}(?: = (?:this\.)?(?:options\.)?env\b|: (?:NodeJS\.ProcessEnv|Environment)\b)/g,
      ),
    ].flatMap(([, list = ""]) => list.match(/[A-Z][A-Z0-9_]+/g) ?? []);
    const read = new Set([...dotted, ...taken]);
    expect(read.size).toBeGreaterThan(10);
    // Whose home it is stands in every guide to Unix; the switch is told beside what it switches off.
    const known = [...told, "HOME", "PATH", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"];
    expect([...read].filter((name) => !known.includes(name ?? ""))).toEqual([]);
  });

  it("are read by the code, or by Node and the AWS SDK", () => {
    const byOthers =
      /^(?:AWS_(?:ACCESS|SECRET|SESSION|ROLE|WEB|ENDPOINT)_\w+|NODE_EXTRA_CA_CERTS|NO_COLOR|FORCE_COLOR)$/;
    const unread = told.filter((name) => !byOthers.test(name) && !sources.includes(name));
    expect(unread).toEqual([]);
  });
});
