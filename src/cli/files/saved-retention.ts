import { SlipwayError } from "../../errors.ts";
import { digestOfValue } from "../../oci/manifest.ts";
import { type RetentionPlan, readPresent } from "../../retention/plan.ts";
import { checksumOf, otherFormat, placeAnew, readObject } from "./json-file.ts";
import { type OutputKind, writeJson } from "./output-file.ts";

const kind = "lifecycle";

export const savedRetention: OutputKind = {
  name: "a saved lifecycle plan",
  keys: ["kind", "checksum", "plan"],
};

/** Saves a plan for `lifecycle apply --plan`. The checksum tells an edited file; it is no signature. */
export async function saveRetention(file: string, plan: RetentionPlan): Promise<void> {
  await writeJson("--out", file, { kind, checksum: digestOfValue(plan), plan });
}

/** Reads what `saveRetention` wrote. Throws PLAN_INVALID. */
export async function readRetention(file: string): Promise<RetentionPlan> {
  const saved = await readObject(file, invalid);
  if (saved.kind !== kind) throw invalid(file, "it is not a plan of lifecycle policies");
  const plan = saved.plan as RetentionPlan | undefined;
  if (plan?.format !== 1) throw invalid(file, otherFormat(plan?.format));
  if (saved.checksum !== checksumOf(file, plan, invalid)) {
    throw invalid(file, "its checksum does not fit: it was edited after it was saved");
  }
  const { wrongInRetention } = await import("./plan-shape.ts");
  const wrong = wrongInRetention(plan) ?? wrongPolicy(plan);
  if (wrong !== undefined) throw invalid(file, wrong);
  return plan;
}

/** The policies of the plan are read as those of a file are. */
function wrongPolicy({ repositories }: RetentionPlan): string | undefined {
  for (const { repository, wanted } of repositories) {
    if (wanted === null) continue;
    const { mistakes } = readPresent(JSON.stringify(wanted));
    if (mistakes.length > 0) return `the policy of ${repository} is none: ${mistakes[0]}`;
  }
  return undefined;
}

function invalid(file: string, why: string, cause?: unknown): SlipwayError {
  return new SlipwayError("PLAN_INVALID", `'${file}' is not a saved plan: ${why}`, {
    suggestions: [`slipway lifecycle plan --out ${placeAnew(file)}`],
    cause,
  });
}
