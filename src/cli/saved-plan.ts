import { readFile } from "node:fs/promises";
import { SlipwayError } from "../errors.ts";
import type { Plan } from "../release/plan.ts";

const fields = ["image", "version", "source", "tags", "targets", "content", "expects", "steps"];

/** Reads a plan that `slipway plan --out` saved. Throws PLAN_INVALID when it is none of this format. */
export async function readPlan(file: string): Promise<Plan> {
  const plan = await readJson(file);
  if (plan.format !== 1) {
    throw invalid(file, `its format is '${plan.format}', and this slipway reads format 1`);
  }
  const missing = [...fields, "problems"].filter((field) => !(field in plan));
  if (missing.length > 0) throw invalid(file, `it has no ${missing.join(", ")}`);
  return plan as unknown as Plan;
}

async function readJson(file: string): Promise<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(await readFile(file, "utf8"));
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch (cause) {
    throw invalid(file, `it cannot be read: ${(cause as Error).message}`, cause);
  }
  throw invalid(file, "it is not an object");
}

function invalid(file: string, why: string, cause?: unknown): SlipwayError {
  return new SlipwayError("PLAN_INVALID", `'${file}' is not a saved plan: ${why}`, {
    suggestions: ["slipway plan VERSION --out plan.json"],
    cause,
  });
}
