import { execFileSync } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { planText } from "../../../src/cli/publishing/plan-text.ts";
import { wayLines } from "../../../src/cli/publishing/way-text.ts";
import type { Mutability } from "../../../src/ecr/types.ts";
import { planRelease } from "../../../src/release/planning/plan-release.ts";
import { commandLine } from "../../../src/wording.ts";
import { observed, request } from "../../release/facts.ts";

const asked = request({ targets: [{ region: "us-east-1" }, { region: "eu-west-1" }] });

/** A plan of two targets, as people read it. */
function text(...modes: readonly Mutability[]): string {
  const targets = modes.map((mutability, at) => ({
    region: asked.targets[at]?.region ?? "",
    repository: { mutability, mutabilityExclusions: ["1.*.*", "sha-*"] },
  }));
  const plan = planRelease(asked, observed(asked, { targets }));
  return stripVTControlCharacters(planText(plan));
}

it("says of a note where it holds, unless that is everywhere", () => {
  const note = /tag mutability is MUTABLE: .* looks before it writes them(.*)$/m;
  expect(note.exec(text("MUTABLE", "MUTABLE"))?.[1]).toBe("");
  const alone = text("MUTABLE_WITH_EXCLUSION", "MUTABLE");
  expect(note.exec(alone)?.[1]).toBe(" (123456789012/eu-west-1)");
});

describe("a way out", () => {
  const targets = [{ repository: { mutability: "IMMUTABLE", mutabilityExclusions: [] } }] as const;
  const plan = planRelease(request(), observed(request(), { targets }));
  const triedAt = (width?: number) => {
    const lines = stripVTControlCharacters(planText(plan, width)).split("\n");
    return lines.slice(lines.findIndex((line) => line.startsWith("    try  ")));
  };

  it("has a line of its own", () => {
    expect(triedAt()).toEqual([
      expect.stringMatching(/^ {4}try {2}aws ecr put-image-tag-mutability .*=sha-\*'$/),
      "    try  or leave them out of tags.floating",
    ]);
  });

  it.each([40, 60, 80])("that is a command is still one when pasted from %i columns", (width) => {
    const lines = triedAt(width);
    const at = lines.findIndex((line) => line.startsWith("    try  or leave"));
    const pasted = lines.slice(0, at).join("\n").replace("try", "printf '%s\\n'");
    const [whole = ""] = triedAt();
    const words = execFileSync("sh", ["-c", pasted], { encoding: "utf8" });
    expect(words).toBe(
      execFileSync("sh", ["-c", whole.replace("try", "printf '%s\\n'")], { encoding: "utf8" }),
    );
    expect(lines.filter((line) => line.length > Math.max(width, 60))).toEqual([]);
  });

  it("keeps what is quoted within a word", () => {
    const way = commandLine(["docker", "it's", 'a "b', "and what makes it long enough to wrap"]);
    const pasted = wayLines(way, "", 24).join("\n");
    const printed = (text: string) =>
      execFileSync("sh", ["-c", text.replace("docker", "printf '%s\\n'")], { encoding: "utf8" });
    expect(pasted).toContain(" \\\n");
    expect(printed(stripVTControlCharacters(pasted).replace("try", ""))).toBe(printed(way));
  });
});
