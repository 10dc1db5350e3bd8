import { exportLayout } from "../oci/export-layout.ts";
import type { Digest } from "../oci/reference.ts";
import { readTree } from "../oci/tree.ts";
import { buildLayouts } from "./applying/build-layout.ts";
import { passLayout, passSource } from "./applying/gates.ts";
import { platformAlone } from "./applying/platform-alone.ts";
import { contentsOf } from "./applying/receipt-of.ts";
import { refuseProblems } from "./applying/refuse.ts";
import { type BaseImage, readBaseImages } from "./base-images.ts";
import type { GateResult } from "./gate.ts";
import type { PlanSource } from "./plan.ts";
import { planBuild } from "./planning/plan-build.ts";
import { gateSteps } from "./planning/plan-gates.ts";
import type { ReleasedPlatform, StepOutcome } from "./receipt.ts";
import type { Request } from "./request.ts";
import type { World } from "./world.ts";

/** What was built, and where it is. */
export interface BuiltImage {
  readonly format: 1;
  readonly image: string;
  readonly source: PlanSource;
  readonly digest: Digest;
  readonly mediaType: string;
  /** `layout`: it had been built before from the same inputs. */
  readonly content: "build" | "layout";
  readonly platforms: readonly ReleasedPlatform[];
  readonly attestations: number;
  /** The images that it was built from, as its provenance says. */
  readonly bases?: readonly BaseImage[];
  /** The OCI image layout: the one asked for, or the one in the store of layouts. */
  readonly layout: string;
  /** What each gate found. */
  readonly gates: readonly GateResult[];
  readonly startedAt: string;
  readonly ms: number;
}

/**
 * Builds what a release of the same request would build, and leaves it where that release finds it; with
 * `output` also there, as a layout to carry to another machine. No registry is asked, but for what the
 * Dockerfile itself names. Throws PLAN_REFUSED, BUILD_FAILED, INTERRUPTED, FILE_FAILED.
 */
export async function buildAlone(
  request: Request,
  world: World,
  output?: string,
): Promise<BuiltImage> {
  const startedAt = world.now();
  const git = await world.git.observe(request.tags.gitPrefix);
  const { source, step, problems } = planBuild(request, git);
  const builder = (await world.layouts.find(source.inputs))
    ? []
    : await world.docker.problems(request.build);
  refuseProblems([...problems, ...builder]);
  const outcomes: StepOutcome[] = [];
  const targets = request.targets.map((target) => ({
    region: target.region,
    request: target,
    uri: null,
  }));
  const gates = gateSteps(request);
  const gating = { world, outcomes, gated: [] };
  await passSource(gating, gates);
  const wish = { image: request.image, step, source, targets, world, outcomes };
  const layout = (await buildLayouts([wish]))(wish);
  const tree = await readTree(layout.root, layout);
  await passLayout(gating, gates, { tree, source: async () => layout });
  if (output !== undefined) await exportLayout(layout, tree, output);
  const bases = await readBaseImages(tree, layout);
  const { digest, mediaType } = layout.root;
  return {
    format: 1,
    image: request.image,
    source,
    digest,
    mediaType,
    content: outcomes.some(({ state }) => state === "done") ? "build" : "layout",
    ...contentsOf(tree, await platformAlone(tree, layout, [])),
    ...(bases && { bases }),
    layout: output ?? layout.directory,
    gates: gating.gated,
    startedAt: startedAt.toISOString(),
    ms: world.now().getTime() - startedAt.getTime(),
  };
}
