import { SlipwayError } from "../../errors.ts";
import { type Problem, waysOut } from "../problem.ts";

/** Throws PLAN_REFUSED with every problem and its remedy, when there is one; what several images share is told once. */
export function refuseProblems(problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const lines = problems.map(
    ({ code, target, message }) => `  ${code}: ${target ? `${target}: ` : ""}${message}`,
  );
  const told = [...new Set(lines)].join("\n");
  throw new SlipwayError("PLAN_REFUSED", `the plan has problems:\n${told}`, {
    suggestions: waysOut(problems),
  });
}
