import { readFile } from "node:fs/promises";
import { Flags } from "@oclif/core";
import { SlipwayError } from "../errors.ts";
import { parsePolicyText } from "../lifecycle/parse.ts";
import type { LifecyclePolicy } from "../lifecycle/policy.ts";
import { observePolicies, type PolicyPlan, planPolicies } from "../retention/policies.ts";
import { overridesOf, targetFlags } from "./flags.ts";
import { load } from "./load.ts";
import { ecrsOf } from "./world.ts";

const { image: _, "expect-account": __, ...where } = targetFlags;

export const policyFlags = {
  policy: Flags.string({
    description: "policy file, JSON or YAML; without it what slipway.yaml says",
    helpValue: "FILE",
  }),
  repository: Flags.string({
    description: "repository; without it the image of slipway.yaml",
    helpValue: "NAME",
  }),
  ...where,
};

interface PolicyFlagValues {
  readonly policy?: string | undefined;
  readonly repository?: string | undefined;
  readonly config?: string | undefined;
  readonly region?: string[] | undefined;
  readonly account?: string | undefined;
  readonly profile?: string | undefined;
}

/** Reads the wanted policy and compares it with what every target has. */
export async function planOfPolicies(flags: PolicyFlagValues, signal: AbortSignal) {
  const wanted = flags.policy === undefined ? undefined : await readPolicy(flags.policy);
  const { request } = await load(overridesOf({ ...flags, image: flags.repository }), flags.config);
  const policy = wanted ?? request.lifecycle;
  if (policy === undefined) {
    throw new SlipwayError("USAGE", "no policy: neither --policy nor lifecycle in slipway.yaml", {
      suggestions: ["slipway lifecycle apply --policy lifecycle.json --repository NAME"],
    });
  }
  const ecrOf = ecrsOf(signal);
  const facts = await observePolicies(request.image, request.targets, ecrOf);
  const plan: PolicyPlan = planPolicies(request.image, policy, facts);
  return { plan, ecrOf };
}

async function readPolicy(file: string): Promise<LifecyclePolicy> {
  const text = await readFile(file, "utf8").catch((cause) => {
    throw new SlipwayError("LIFECYCLE_INVALID", `'${file}' cannot be read: ${cause.code}`, {
      cause,
    });
  });
  const parsed = parsePolicyText(text, { file });
  if ("policy" in parsed) return parsed.policy;
  const lines = parsed.mistakes.map(
    ({ line, column, message, grammar }) =>
      `\n  ${file}:${line}:${column}  ${message} (${grammar})`,
  );
  const count = lines.length === 1 ? "a mistake" : `${lines.length} mistakes`;
  throw new SlipwayError("LIFECYCLE_INVALID", `${count} in the lifecycle policy:${lines.join("")}`);
}
