import { answered } from "./denied.ts";
import type { TargetFacts } from "./observed.ts";
import type { Request } from "./request.ts";
import type { World } from "./world.ts";

/**
 * Whether layers can be mounted at a target, asked only where they shall be. The setting is the caller's own
 * account's; of another one nobody tells it, and there layers are uploaded.
 */
export async function observeMounting(
  { account, refused, request: target }: TargetFacts,
  { repository: { mountFrom } }: Pick<Request, "repository">,
  { ecr }: Pick<World, "ecr">,
): Promise<Pick<TargetFacts, "mounting" | "mountingUnread">> {
  if (mountFrom.length === 0 || refused) return {};
  const asked = ecr(target);
  if ((await asked.identity()).account !== account) return { mounting: "off" };
  const found = await answered(asked.mountsBlobs());
  if (found.denied) return { mountingUnread: found.denied };
  return { mounting: found.answer ? "on" : "off" };
}
