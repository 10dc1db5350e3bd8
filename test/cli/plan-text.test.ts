import { stripVTControlCharacters } from "node:util";
import { expect, it } from "vitest";
import { planText } from "../../src/cli/plan-text.ts";
import type { Mutability } from "../../src/ecr/types.ts";
import { planRelease } from "../../src/release/planning/plan-release.ts";
import { observed, request } from "../release/facts.ts";

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
