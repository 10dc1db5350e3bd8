import { exportLayout } from "../oci/export-layout.ts";
import { type Layout, verifyBlobs } from "../oci/layout.ts";
import { isForeign } from "../oci/manifest.ts";
import type { Digest } from "../oci/reference.ts";
import { blobsOf, readTree, type Tree } from "../oci/tree.ts";
import { type BuildWish, buildLayouts } from "./applying/build-layout.ts";
import { type GateStep, type Gating, passLayout, passSource } from "./applying/gates.ts";
import { refuseProblems } from "./applying/refuse.ts";
import { named, together } from "./applying/together.ts";
import { type BaseImage, readBaseImages } from "./base-images.ts";
import { contentsOf, platformAlone } from "./contents.ts";
import { unreadyGates } from "./foreseen.ts";
import type { GateResult } from "./gate.ts";
import type { PlanSource } from "./plan.ts";
import { planBuild } from "./planning/plan-build.ts";
import { gateSteps } from "./planning/plan-gates.ts";
import type { Problem } from "./problem.ts";
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

/** What was built of a file that describes its images under `images`. */
export interface BuiltImages {
  readonly format: 1;
  readonly builds: readonly BuiltImage[];
}

/** One image on its way. */
interface Building extends Gating {
  readonly world: World;
  readonly request: Request;
  readonly source: PlanSource;
  readonly wish: BuildWish;
  readonly gates: readonly GateStep[];
  readonly problems: readonly Problem[];
  readonly gated: GateResult[];
}

/**
 * Builds what a release of the same requests would build, together, and leaves it where that release finds it; with
 * `output`, which is for one image, also there, as a layout to carry to another machine. No registry is asked, but
 * for what the Dockerfiles themselves name. Throws PLAN_REFUSED, GateRefusal, BUILD_FAILED,
 * INTERRUPTED, FILE_FAILED, and NOT_FOUND or CONTENT_CORRUPT of a kept layout that is damaged.
 */
export async function buildAll(
  requests: readonly Request[],
  world: World,
  output?: string,
): Promise<BuiltImage[]> {
  const startedAt = world.now();
  const several = requests.length > 1;
  const all = await Promise.all(
    requests.map((request) =>
      several
        ? begin(request, named(request, world), request.image)
        : begin(request, world, undefined),
    ),
  );
  refuseProblems(all.flatMap(({ problems }) => problems));
  await together(all, (one) => passSource(one, one.gates));
  const layoutOf = await buildLayouts(all.map(({ wish }) => wish));
  const treeOf = await together(all, async (one) => {
    const layout = layoutOf(one.wish);
    const tree = await readTree(layout.root, layout);
    // It may have been kept for days, and what gates found of a layer is kept apart from it.
    const own = blobsOf(tree.nodes).filter((blob) => !isForeign(blob));
    await verifyBlobs(layout, own);
    await passLayout(one, one.gates, { tree, source: async () => layout });
    return tree;
  });
  return await Promise.all(
    all.map((one) => finish(one, layoutOf(one.wish), treeOf(one), { startedAt, output })),
  );
}

async function begin(request: Request, world: World, image: string | undefined): Promise<Building> {
  const git = await world.git.observe(request.tags.gitPrefix);
  const { source, step, problems } = planBuild(request, git);
  const builder = (await world.layouts.find(source.inputs))
    ? []
    : await world.docker.problems(request.build);
  const gates = gateSteps(request);
  const unready = await unreadyGates(gates, world);
  const outcomes: StepOutcome[] = [];
  const targets = request.targets.map((target) => ({
    region: target.region,
    request: target,
    uri: null,
  }));
  return {
    ...{ request, source, world, outcomes, gates, gated: [] },
    ...(image !== undefined && { image }),
    problems: [...problems, ...builder, ...unready],
    wish: { image: request.image, step, source, targets, world, outcomes },
  };
}

async function finish(
  { request, source, world, outcomes, gated }: Building,
  layout: Layout,
  tree: Tree,
  { startedAt, output }: { readonly startedAt: Date; readonly output: string | undefined },
): Promise<BuiltImage> {
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
    ...contentsOf(tree, await platformAlone(tree, layout)),
    ...(bases && { bases }),
    layout: output ?? layout.directory,
    gates: gated,
    startedAt: startedAt.toISOString(),
    ms: world.now().getTime() - startedAt.getTime(),
  };
}
