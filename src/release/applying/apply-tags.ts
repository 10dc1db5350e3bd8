import type { FoundManifest } from "../../ecr/types.ts";
import { isFixed } from "../planning/tags.ts";
import { claimsOf } from "./claim.ts";
import { type Applying, type Carrying, ecrAt, perform, type StepOf, stepsOf } from "./steps.ts";
import { together } from "./together.ts";

/** What the release's tags point to at a target. */
export type Roots = (target: string) => FoundManifest;

/** The version and commit tags that the claims left, at every target side by side. */
export async function applyFixedTags(applying: Applying, rootAt: Roots): Promise<void> {
  const claims = claimsOf(applying);
  const steps = stepsOf(applying, "tag").filter((step) => isFixed(step) && !claims.includes(step));
  await together(steps, (step) =>
    perform(applying, step, () => put(applying, step, rootAt(step.target))),
  );
}

/** Writes a tag at a target; `already` where it was at this image. Throws as `Ecr.tag` does. */
export async function put(
  applying: Carrying,
  { tag, target }: Pick<StepOf<"tag">, "tag" | "target">,
  manifest: FoundManifest,
): Promise<"done" | "already"> {
  const { ecr, id } = ecrAt(applying, target);
  return (await ecr.tag(id, tag, manifest)) === "tagged" ? "done" : "already";
}
