import { imageFromGiven } from "../given-layouts.ts";
import { withOthersFirst } from "../only-target.ts";
import type { Content, PlanTarget } from "../plan.ts";
import { buildImages } from "./build-image.ts";
import { mustPassFirst, passLayout } from "./gates.ts";
import { imageFromLayouts, imageFromRegistry, type PlannedImage } from "./image-source.ts";
import { previousImages } from "./previous.ts";
import { type Publishing, startPublishing } from "./publish.ts";
import { prepareRepositories } from "./repositories.ts";
import { type Applying, stepsOf, targetOf } from "./steps.ts";
import { together } from "./together.ts";

/** The image of each plan. */
export type Images = (applying: Applying) => PlannedImage;

/**
 * Builds or finds every image, lets the gates look, brings all of it to every target and verifies it there.
 * Nothing has a name yet. With one gate that can refuse one image, no byte of any leaves, and no repository
 * is made, before all have passed. Throws GateRefusal, BUILD_FAILED, VERIFY_FAILED, what a registry answered.
 */
export async function publishAll(all: readonly Applying[]): Promise<Images> {
  const passed = all.some((one) => mustPassFirst(stepsOf(one, "gate")));
  const first = passed ? await obtainPassed(all) : undefined;
  await together(all, prepareRepositories);
  const publishing = await together(all, (one) =>
    startPublishing(one, { mountFrom: (id) => mountFromOf(one, id) }),
  );
  const images = first ?? (await obtainAll(all, (one) => publishing(one).copying));
  await together(all, async (one) => {
    await publishing(one)
      .finish(images(one))
      .catch((error) => {
        throw withOthersFirst(error, reached(one));
      });
  });
  if (!passed) await passAll(all, images);
  return images;
}

/** The targets at which nothing failed. No upload is verified before all have ended. */
function reached({ plan, outcomes }: Applying): PlanTarget[] {
  const undone = plan.steps.filter((step) => !outcomes.some((outcome) => outcome.step === step));
  const copies = undone.filter(({ action }) => action === "copy");
  const failed = copies.length > 0 ? copies : undone.filter(({ action }) => action === "verify");
  return plan.targets.filter(
    ({ id }) => !failed.some((step) => "target" in step && step.target === id),
  );
}

async function obtainPassed(all: readonly Applying[]): Promise<Images> {
  const images = await obtainAll(all);
  await passAll(all, images);
  return images;
}

async function passAll(all: readonly Applying[], images: Images): Promise<void> {
  await together(all, (one) =>
    passLayout(one, stepsOf(one, "gate"), images(one), (before) => previousImages(one, before)),
  );
}

async function obtainAll(
  all: readonly Applying[],
  copying: (applying: Applying) => Publishing["copying"] | undefined = () => undefined,
): Promise<Images> {
  const built = await buildImages(
    all.filter(({ plan }) => plan.content.from === "build"),
    copying,
  );
  return await together(all, (one) => {
    const { content } = one.plan;
    return content.from === "build" ? built(one) : findImage(one, content);
  });
}

async function findImage(
  applying: Applying,
  content: Exclude<Content, { from: "build" }>,
): Promise<PlannedImage> {
  const { plan, world } = applying;
  if (content.from === "layout") return await imageFromLayouts(plan, world);
  if (content.from === "layouts") return await imageFromGiven(content);
  const holders = [content.target, ...(content.others ?? [])].map(
    (held) => plan.leftOut.find(({ id }) => id === held) ?? targetOf(applying, held),
  );
  return await imageFromRegistry(content.digest, holders, plan.image, world);
}

function mountFromOf(applying: Applying, id: string): readonly string[] {
  return stepsOf(applying, "copy").find(({ target }) => target === id)?.mountFrom ?? [];
}
