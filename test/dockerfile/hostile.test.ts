import fc from "fast-check";
import { expect, it } from "vitest";
import { longestLine, tooLongLine } from "../../src/dockerfile/instruction.ts";
import { lint } from "../../src/dockerfile/lint.ts";
import { readDockerfile } from "../../src/dockerfile/stages.ts";
import { expand } from "../../src/dockerfile/variables.ts";

const instructions = [
  ...["FROM", "ARG", "ENV", "RUN", "COPY", "ADD", "USER", "CMD", "ENTRYPOINT", "HEALTHCHECK"],
  ...["SHELL", "LABEL", "ONBUILD", "WORKDIR", "EXPOSE", "STOPSIGNAL", "VOLUME", "#", ""],
];
/** Names that every object has are there for tables that are asked for a word of the text. */
const words = [
  ...["constructor", "toString", "__proto__", "hasOwnProperty", "a", "b", "1", "AS", "alpine"],
  ...["$a", "a=$a", "b=x$b", "a", "constructor=1", "apt-get", "install", "-y", "sudo", "&&", "|"],
  ...["--from=a", "--from=constructor", "--mount=type=bind,from=b,target=/x", "--chmod=777", "<<E"],
  ...["[", '"', "'", "\\", "\\\n", "\n", "{", "}", "(", ")", "`", ";", "*", "/", ".", "@sha256:"],
];
const line = fc
  .tuple(fc.constantFrom(...instructions), fc.array(fc.constantFrom(...words), { maxLength: 8 }))
  .map(([instruction, rest]) => [instruction, ...rest].join(" "));
const text = fc.array(line, { maxLength: 12 }).map((lines) => ["FROM a AS a", ...lines].join("\n"));
const args = fc.dictionary(fc.constantFrom("a", "b", "constructor"), fc.constantFrom("x$a", "$b"));

it("no text ends the reader or a rule", () => {
  fc.assert(
    fc.property(text, args, (dockerfile, given) => {
      const file = readDockerfile(dockerfile, { args: given, contexts: ["b"] });
      const found = lint(file, { pin: "digest", ignore: [] });
      for (const { line, level } of found) {
        expect(line).toBeGreaterThan(0);
        expect(level).toMatch(/^(?:error|warning|info)$/);
      }
    }),
    { numRuns: 3000 },
  );
});

it("does not read what BuildKit does not take for a line's length", () => {
  const facts = { args: {}, contexts: [] };
  const head = "FROM scratch\nRUN ";
  expect(tooLongLine(`${head}${"a".repeat(longestLine - 4)}`)).toBeUndefined();
  expect(tooLongLine(`${head}${"a".repeat(longestLine - 3)}\n`)).toBe(2);
  expect(tooLongLine(`${head}${"é".repeat(longestLine / 2)}`)).toBe(2);
  expect(readDockerfile(`${head}${"a ".repeat(2_500_000)}`, facts).stages).toEqual([]);
});

it("does not know a value that doubles from line to line", () => {
  const text = `FROM scratch\nENV A=xx\n${"ENV A=$A$A\n".repeat(60)}`;
  const { stages } = readDockerfile(text, { args: {}, contexts: [] });
  expect(stages[0]?.scope.get("A")).toBeNull();
});

it("does not know what braces in braces without end come to", () => {
  const opened = "${a:-".repeat(100_000);
  expect(expand(opened, new Map())).toBeUndefined();
  expect(expand(`${opened}x${"}".repeat(100_000)}`, new Map())).toBeUndefined();
});
