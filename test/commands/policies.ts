import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClockedEcr, clockedEcr } from "../retention/clocked-ecr.ts";
import { byCount, policyOf } from "../support/lifecycle-rules.ts";

/** What `good.yaml` says. */
export const good = policyOf(byCount(["v*"], 10), byCount(["dev-*"], 8));

/** Flags that say which repository `app` is. */
export const where = ["--repository", "app", "--region", "us-east-1"];

/** A folder of policies, and an ECR whose repository `app` has releases and builds of forty days. */
export interface Policies extends AsyncDisposable {
  readonly cwd: string;
  readonly ecr: ClockedEcr;
  /** The digest of `v1.1.0`. */
  readonly running: string;
  write(name: string, content: unknown): void;
}

export async function startPolicies(): Promise<Policies> {
  const cwd = mkdtempSync(join(tmpdir(), "slipway-lifecycle-"));
  const write = (name: string, content: unknown) =>
    writeFileSync(join(cwd, name), typeof content === "string" ? content : JSON.stringify(content));
  const ecr = await clockedEcr();
  await ecr.create("app");
  for (let age = 40; age > 0; age -= 4) await ecr.push("app", age, `dev-${age}`);
  await ecr.pushIndex("app", 30, "v1.0.0");
  const { index: running } = await ecr.pushIndex("app", 20, "v1.1.0");
  await ecr.pushIndex("app", 10, "v1.2.0", "v1.2", "latest");
  write("and.json", policyOf(byCount(["dev-*", "v*"], 3)));
  write("good.yaml", `# two rules\n${JSON.stringify(good)}`);
  write("greedy.json", policyOf(byCount(["v*"], 1), byCount(["dev-*"], 8)));
  return {
    cwd,
    ecr,
    running,
    write,
    async [Symbol.asyncDispose]() {
      await ecr[Symbol.asyncDispose]();
      rmSync(cwd, { recursive: true, force: true });
    },
  };
}
