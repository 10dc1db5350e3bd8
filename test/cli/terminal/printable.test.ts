import { styleText } from "node:util";
import { describe, expect, it } from "vitest";
import { errorText } from "../../../src/cli/error-text.ts";
import { inspectionText } from "../../../src/cli/inspection/image-text.ts";
import { commandless, foreign, inOneLine, printable } from "../../../src/cli/terminal/printable.ts";
import { columns } from "../../../src/cli/terminal/units.ts";
import { SlipwayError } from "../../../src/errors.ts";
import { inspectImage } from "../../../src/inspection/read.ts";
import { builder } from "../../inspection/images.ts";

const esc = "\u001b";

describe("words of others", () => {
  it.each([
    ["a cursor that moves", `a${esc}[2Jb`, "a\\u001b[2Jb"],
    ["a colour that hides", `${esc}[8mhidden${esc}[0m`, "\\u001b[8mhidden\\u001b[0m"],
    ["a title, and a bell", `${esc}]0;title\u0007`, "\\u001b]0;title\\u0007"],
    ["one byte that begins a command", "\u009b2J", "\\u009b2J"],
    ["a line that is written over", "good\rbad", "good\\u000dbad"],
    ["words that run backwards", "\u202egnp.exe", "\\u202egnp.exe"],
    ["letters, lines and tabs stay", "Grüße 你好 🚢\n\tx", "Grüße 你好 🚢\n\tx"],
  ])("%s", (_what, text, shown) => {
    expect(printable(text)).toBe(shown);
    expect(printable(shown)).toBe(shown);
  });

  it("make no line of their own where one is shown", () => {
    expect(inOneLine("a\nb\tc")).toBe("a\\nb c");
    expect(foreign(`a\n${esc}[1mb`)).toBe("a\\n\\u001b[1mb");
    expect(columns([["label", "1.0\n  digest  sha256:0"]])).toEqual([
      "  label  1.0\\n  digest  sha256:0",
    ]);
  });

  it.each(["bold", "dim", "red", "green", "yellow"] as const)("and our own %s stays", (format) => {
    const styled = styleText(format, "ours", { validateStream: false });
    expect(styled).toContain(esc);
    expect([printable(styled), inOneLine(styled)]).toEqual([styled, styled]);
  });

  it("are shown in an error, and not obeyed", () => {
    const error = new SlipwayError("NOT_FOUND", `no ${esc}[2Jtag`, { suggestions: ["\u0007"] });
    expect(errorText(error)).toMatch(/no \\u001b\[2Jtag\n.*\\u0007$/);
    const failed = new SlipwayError("BUILD_FAILED", `it said:\n  ${esc}[31mred`);
    expect(errorText(failed)).toContain("it said:\n  \\u001b[31mred\n");
  });
});

describe("a CI runner", () => {
  const set = "::set-output name=digest::evil";

  it.each([
    ["at the beginning of a line", set, `\\u003a${set.slice(1)}`],
    ["behind our indent", `labels\n  ${set}  v\n`, `labels\n  \\u003a${set.slice(1)}  v\n`],
    ["in the older form, anywhere", "a ##[set-output]b", "a \\u0023#[set-output]b"],
    ["of Azure Pipelines", "##vso[task.setvariable]b", "\\u0023#vso[task.setvariable]b"],
    ["none in the midst of a line", `RUN echo ${set} ## [x]`, `RUN echo ${set} ## [x]`],
  ])("takes no command from words of others: %s", (_what, text, shown) => {
    expect(commandless(text)).toBe(shown);
    expect(commandless(shown)).toBe(shown);
  });

  it("gets none from an error's many lines", () => {
    const failed = new SlipwayError("BUILD_FAILED", `it said:\n  ${set}`);
    expect(errorText(failed)).not.toMatch(/^\s*::/m);
  });

  it.each([" \n", "\r", "\u2028", "\u2029"])(
    "does not wait for a text of empty lines: %j",
    (line) => {
      const text = line.repeat(500_000);
      expect(commandless(text)).toBe(text);
      expect(commandless(`a${line} ${set}`)).toBe(`a${line} \\u003a${set.slice(1)}`);
    },
  );
});

it("an image cannot write on the terminal of who looks at it, nor add lines", async () => {
  const { image, index, found } = builder();
  const evil = `x${esc}[1A${esc}[2K\nlatest\u009b2J\u0007`;
  const of = (seed: string) => {
    const settings = { Labels: { [evil]: evil + seed }, Env: [`A=${evil}`], User: evil };
    const history = [{ created_by: `RUN ${evil}` }];
    const one = image({ config: settings, history, architecture: evil }, [{ content: seed }]);
    return index([{ ...one, platform: { os: evil, architecture: evil } }], {
      annotations: { [evil]: evil + seed },
    });
  };
  const [now, before] = [of("1"), of("2")];
  for (const against of [undefined, found(before)]) {
    const text = inspectionText(await inspectImage(found(now), against), 80);
    expect(text).toBe(printable(text));
    expect(text).not.toMatch(/^latest/m);
  }
});
