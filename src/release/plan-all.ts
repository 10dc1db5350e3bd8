import { observe } from "./observe.ts";
import type { Plan } from "./plan.ts";
import { planRelease } from "./planning/plan-release.ts";
import { compareVersions } from "./planning/version.ts";
import type { Request } from "./request.ts";
import type { World } from "./world.ts";

/**
 * Plans the release of one image, or of several that have one version: where a bump gives each another one,
 * the highest is for all. Observed side by side, git once. Throws as `observe`.
 */
export async function planAll(requests: readonly Request[], world: World): Promise<Plan[]> {
  const once = askingGitOnce(world);
  const plans = await planEach(requests, once);
  const versions = plans.map(({ version }) => version).filter(({ value }) => value !== "");
  const [highest] = versions.toSorted((a, b) => compareVersions(b.value, a.value));
  if (highest === undefined || versions.every(({ value }) => value === highest.value)) return plans;
  const { image } = plans.find(({ version }) => version === highest) as Plan;
  const because = `${highest.because}, of ${image}`;
  const version = { kind: "exact", version: highest.value, because } as const;
  return await planEach(
    requests.map((request) => ({ ...request, version })),
    once,
  );
}

async function planEach(requests: readonly Request[], world: World): Promise<Plan[]> {
  return await Promise.all(
    requests.map(async (request) => planRelease(request, await observe(request, world))),
  );
}

/** All images come from one commit. */
function askingGitOnce(world: World): World {
  const asked = new Map<string, ReturnType<World["git"]["observe"]>>();
  const observe: World["git"]["observe"] = (prefix) => {
    const facts = asked.get(prefix) ?? world.git.observe(prefix);
    asked.set(prefix, facts);
    return facts;
  };
  return { ...world, git: { ...world.git, observe } };
}
