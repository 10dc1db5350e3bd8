import { onTestFinished } from "vitest";
import { type Project, project } from "./project.ts";
import { type Rehearsal, rehearsal } from "./release.ts";

/** A local ECR, and a project of these files, for the test that runs or is about to: both are gone when it has ended. */
export async function stage(
  files: Readonly<Record<string, string>>,
): Promise<{ local: Rehearsal; made: Project }> {
  const local = await rehearsal();
  onTestFinished(() => local[Symbol.asyncDispose]());
  const made = project(files);
  onTestFinished(() => made[Symbol.dispose]());
  return { local, made };
}
