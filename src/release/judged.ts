import { imageStatus } from "../lifecycle/image.ts";
import { answered } from "./denied.ts";
import type { TargetFacts } from "./observed.ts";
import { isPolicyPut } from "./planning/policy.ts";
import type { Request } from "./request.ts";
import type { World } from "./world.ts";

/** Reads all images where a lifecycle policy would be put and might take some of them; or why they may not be read. */
export async function observeJudged(
  facts: TargetFacts,
  { image: name, lifecycle }: Pick<Request, "image" | "lifecycle">,
  { ecr }: Pick<World, "ecr">,
): Promise<Pick<TargetFacts, "judged" | "unjudged">> {
  const { repository, account: registryId, request, unlisted } = facts;
  if (lifecycle === undefined || repository === null || !isPolicyPut(lifecycle, facts)) return {};
  if (unlisted) return { unjudged: unlisted };
  const target = ecr(request);
  const found = await answered(target.imageDetails({ name, registryId }));
  if (found.denied) return { unjudged: found.denied };
  const images = (found.answer ?? []).map((image) => ({
    ...image,
    status: imageStatus(image.status),
  }));
  return { judged: { images, at: target.now() } };
}
