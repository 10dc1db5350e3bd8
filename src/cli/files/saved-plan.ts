import { relative, resolve } from "node:path";
import { SlipwayError } from "../../errors.ts";
import { digestOfValue } from "../../oci/manifest.ts";
import type { Plan, Plans } from "../../release/plan.ts";
import { commandLine } from "../../wording.ts";
import { checksumOf, otherFormat, placeAnew, readObject } from "./json-file.ts";
import { type OutputKind, writeJson } from "./output-file.ts";

export const savedPlan: OutputKind = {
  name: "a saved plan",
  keys: ["format", "steps", "checksum"],
  keysOfSeveral: ["format", "plans", "checksum"],
};

/**
 * Saves a plan so that another job can apply it. The checksum is no signature: it tells a plan that
 * somebody edited, or that was cut off, from the one that was shown.
 */
export async function savePlan(file: string, plan: Plan | Plans): Promise<void> {
  const saved = { ...plan, checksum: digestOfValue(plan) };
  await writeJson("--out", file, saved);
}

/** What applies a saved plan, in the directory of its project: its paths are meant from there. */
export function applyingCommand(file: string, projectDir: string): string {
  const from = relative(process.cwd(), projectDir);
  if (from === "") return commandLine(["slipway", "release", "--plan", file]);
  const there = relative(projectDir, resolve(file));
  return `${commandLine(["cd", from])} && ${commandLine(["slipway", "release", "--plan", there])}`;
}

/** Reads what `savePlan` wrote. Throws PLAN_INVALID when it is none of this format, or was edited. */
export async function readPlan(file: string): Promise<Plan | Plans> {
  const { checksum, ...plan } = await readObject(file, invalid);
  if (plan.format !== 1) throw invalid(file, otherFormat(plan.format));
  if (checksum === undefined) throw invalid(file, "it has no checksum");
  if (checksum !== checksumOf(file, plan, invalid)) {
    throw invalid(file, "its checksum does not fit: it was edited after it was saved");
  }
  const { wrongInPlan } = await import("./plan-shape.ts");
  const wrong = wrongInPlan(plan);
  if (wrong !== undefined) throw invalid(file, wrong);
  return plan as unknown as Plan | Plans;
}

function invalid(file: string, why: string, cause?: unknown): SlipwayError {
  return new SlipwayError("PLAN_INVALID", `'${file}' is not a saved plan: ${why}`, {
    suggestions: [`slipway plan VERSION --out ${placeAnew(file)}`],
    cause,
  });
}
