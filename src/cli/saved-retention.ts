import { SlipwayError } from "../errors.ts";
import { digestOfValue } from "../oci/manifest.ts";
import type { RetentionPlan } from "../retention/plan.ts";
import { readObject } from "./json-file.ts";
import { type OutputKind, writeJson } from "./output-file.ts";

const kind = "lifecycle";

export const savedRetention: OutputKind = {
  name: "saved lifecycle plan",
  keys: ["kind", "checksum", "plan"],
};

/** Saves a plan for `lifecycle apply --plan`. The checksum tells an edited file; it is no signature. */
export async function saveRetention(file: string, plan: RetentionPlan): Promise<void> {
  await writeJson("--out", file, { kind, checksum: digestOfValue(plan), plan });
}

/** Reads what `saveRetention` wrote. Throws PLAN_INVALID. */
export async function readRetention(file: string): Promise<RetentionPlan> {
  const saved = await readObject(file, invalid);
  if (saved.kind !== kind) throw invalid(file, "it is no plan of lifecycle policies");
  const plan = saved.plan as RetentionPlan | undefined;
  if (plan?.format !== 1) {
    throw invalid(file, `its format is '${plan?.format}', and this slipway reads format 1`);
  }
  if (saved.checksum !== digestOfValue(plan)) {
    throw invalid(file, "its checksum does not fit: it was edited after it was saved");
  }
  return plan;
}

function invalid(file: string, why: string, cause?: unknown): SlipwayError {
  return new SlipwayError("PLAN_INVALID", `'${file}' is not a saved plan: ${why}`, {
    suggestions: [`slipway lifecycle plan --out ${file}`],
    cause,
  });
}
