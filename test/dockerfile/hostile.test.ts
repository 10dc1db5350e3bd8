import fc from "fast-check";
import { expect, it } from "vitest";
import { lint } from "../../src/dockerfile/lint.ts";
import { readDockerfile } from "../../src/dockerfile/stages.ts";

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
