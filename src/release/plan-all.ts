import { SlipwayError } from "../errors.ts";
import { once } from "../oci/once.ts";
import { chooseChanged } from "./changed.ts";
import { observe } from "./observe.ts";
import type { Plan, Plans } from "./plan.ts";
import { planRelease } from "./planning/plan-release.ts";
import { compareVersions } from "./planning/version.ts";
import type { Request } from "./request.ts";
import type { World } from "./world.ts";

/** The images of a file, and whether it describes them under `images`. */
export interface Asked {
  readonly requests: readonly Request[];
  readonly several: boolean;
}

/**
 * What is printed and saved: the plan of the one image, or the plans of all; with `onlyChanged` of those whose
 * inputs are others than those of their last release. Throws USAGE, and as `observe`.
 */
export async function planDocument(
  { requests, several }: Asked,
  world: World,
  onlyChanged = false,
): Promise<Plan | Plans> {
  if (onlyChanged && !several) {
    throw new SlipwayError("USAGE", "--changed chooses among the images of a file, which has one", {
      suggestions: ["describe several under images: in slipway.yaml, or leave --changed out"],
    });
  }
  const askingOnce = askingGitOnce(world);
  const all = { changed: requests, unchanged: [] };
  const { changed, unchanged } = onlyChanged ? await chooseChanged(requests, askingOnce) : all;
  const plans = await planAll(changed, askingOnce);
  const [only] = plans;
  return only && !several ? only : { format: 1, plans, unchanged };
}

/**
 * Plans the release of one image, or of several that have one version: where a bump gives each another one,
 * the highest is for all. Observed side by side. Throws as `observe`.
 */
export async function planAll(requests: readonly Request[], world: World): Promise<Plan[]> {
  const plans = await planEach(requests, world);
  const versions = plans.map(({ version }) => version).filter(({ value }) => value !== "");
  const [highest] = versions.toSorted((a, b) => compareVersions(b.value, a.value));
  if (highest === undefined || versions.every(({ value }) => value === highest.value)) return plans;
  const { image } = plans.find(({ version }) => version === highest) as Plan;
  const because = `${highest.because}, of ${image}`;
  const version = { kind: "exact", version: highest.value, because } as const;
  return await planEach(
    requests.map((request) => ({ ...request, version })),
    world,
  );
}

async function planEach(requests: readonly Request[], world: World): Promise<Plan[]> {
  return await Promise.all(
    requests.map(async (request) => planRelease(request, await observe(request, world))),
  );
}

/** All images come from one commit. */
function askingGitOnce(world: World): World {
  const observe = once((prefix: string) => world.git.observe(prefix));
  return { ...world, git: { ...world.git, observe } };
}
