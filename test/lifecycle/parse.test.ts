import { describe, expect, test } from "vitest";
import { parsePolicyText } from "../../src/lifecycle/parse.ts";

function placesIn(text: string) {
  const parsed = parsePolicyText(text, { file: "p.yaml" });
  return "mistakes" in parsed
    ? parsed.mistakes.map(({ file, line, column, code }) => `${file}:${line}:${column} ${code}`)
    : [];
}

const json = `{
\t"rules": [
\t\t{
\t\t\t"rulePriority": 1,
\t\t\t"selection": { "tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 1 },
\t\t\t"action": { "type": "expire" }
\t\t}
\t]
}
`;

const yaml = `# what we keep
rules:
  - rulePriority: 1 # first
    selection: { tagStatus: untagged, countType: imageCountMoreThan, countNumber: 1 }
    action: { type: expire }
`;

describe("parsePolicyText", () => {
  test("reads JSON with tabs and YAML with comments as the same policy", () => {
    expect(parsePolicyText(json, { file: "p.json" })).toEqual(
      parsePolicyText(yaml, { file: "p.yaml" }),
    );
    expect(placesIn(json)).toEqual([]);
  });

  test("reads Windows line ends and a byte order mark", () => {
    expect(placesIn(`\uFEFF${yaml.replaceAll("\n", "\r\n")}`)).toEqual([]);
    const wrong = `\uFEFF${yaml.replace("expire", "EXPIRE").replaceAll("\n", "\r\n")}`;
    expect(placesIn(wrong)).toEqual(["p.yaml:5:21 unknown-word"]);
  });

  test("places a mistake at the value, an unknown property at its name, a missing one at its owner", () => {
    const text = `rules:
  - rulePriority: 1
    selection:
      tagStatus: tagged
      tagPatterns: ["v*"]
      countType: sinceImagePushed
      countNumber: zero
    action: { type: expire }
`;
    expect(placesIn(text)).toEqual([
      "p.yaml:5:7 unknown-property",
      "p.yaml:7:20 wrong-type",
      "p.yaml:4:18 list-required",
      "p.yaml:4:7 unit-required",
    ]);
  });

  test.each([
    ["a flow list that does not end", '{"rules": [', "p.yaml:1:12 syntax"],
    ["tabs as indentation", "rules:\n\t- a", "p.yaml:2:1 syntax"],
    ["one property twice", "rules: []\nrules: []\n", "p.yaml:2:1 syntax"],
    ["two documents", "rules: []\n---\nrules: []\n", "p.yaml:2:1 syntax"],
    ["a path in place of a policy", "file://policy.json", "p.yaml:1:1 wrong-type"],
    ["nothing", "", "p.yaml:1:1 wrong-type"],
  ])("names %s by its place", (_name, text, place) => {
    expect(placesIn(text)[0]).toBe(place);
  });

  test.each([
    [
      "an entry without a name",
      '{\n  "rules": [\n    {"rulePriority": 1,, }\n  ]\n}',
      "3:24",
      /double-quoted/,
    ],
    ["a text", "hello world", "1:1", /unexpected token 'h'/],
    ["an end too early", '{"rules": [', "1:12", /unexpected end/],
    ["a comma too many", `{"rules": [${" ".repeat(60)}],}`, "1:74", /double-quoted/],
    ["a comment", '{ // why\n"rules": [] }', "1:3", /expected property name/],
    ["nothing", "", "1:1", /unexpected end/],
    ["lines", "./lifecycle.json\n", "1:1", /^[^\n]*$/],
  ])("a .json file with %s is not JSON, in the words of JSON", (_name, text, place, message) => {
    const parsed = parsePolicyText(text, { file: "p.json" });
    const [first, ...rest] = "mistakes" in parsed ? parsed.mistakes : [];
    expect([first?.code, `${first?.line}:${first?.column}`, rest]).toEqual(["syntax", place, []]);
    expect(first?.message).toMatch(/^it is not JSON, which a \.json file must be: /);
    expect(first?.message).toMatch(message);
  });

  test("keeps within bounds with aliases that multiply and with deep nesting", () => {
    const bomb = [
      "a: &a [x,x,x,x,x,x,x,x,x]",
      ..."bcdefgh".split("").map((name, index) => {
        const below = "abcdefg"[index];
        return `${name}: &${name} [${Array(9).fill(`*${below}`).join(",")}]`;
      }),
    ].join("\n");
    expect(placesIn(bomb)).toEqual(["p.yaml:1:1 syntax"]);
    const deep = placesIn("[".repeat(50_000));
    expect(deep[0]).toMatch(/ syntax$/);
    expect(deep.length).toBeLessThanOrEqual(10);
  });
});
