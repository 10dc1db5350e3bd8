import { changesIn } from "../../docker/container.ts";
import {
  type Asking,
  type EngineFacts,
  loadImage,
  observeEngine,
  tell,
} from "../../docker/engine.ts";
import { isSecretName, maskOf } from "../../docker/secret-mask.ts";
import { SlipwayError } from "../../errors.ts";
import type { Source } from "../../oci/content.ts";
import { loadArchive } from "../../oci/load-archive.ts";
import { mapEach } from "../../oci/parallel.ts";
import type { Finding, GateSettings, GateSubject, Judgement } from "../../release/gate.ts";
import { processSpace } from "../../scratch.ts";
import type { ConfiguredImage } from "../images.ts";
import type { GatePlace } from "../judge.ts";
import { type Kept, keptIn } from "../kept.ts";
import { clearUp, sweep } from "./clear-up.ts";
import type { Service } from "./compose.ts";
import { type ContainerPlan, type Loosening, networkOf, signOf } from "./container-plan.ts";
import { diagnose, type Experiment, wasKilled } from "./diagnose.ts";
import { choosePlatforms } from "./platforms.ts";
import { secretsOf, servicesOf } from "./prepared.ts";
import { imageName, label, newRunId } from "./run-id.ts";
import { startServices } from "./services.ts";
import { stop, type Trial, type Trying, tryOnce } from "./trial.ts";
import { untried } from "./untried.ts";

type SmokeSettings = GateSettings["smoke"];
type SmokePlace = Pick<GatePlace, "projectDir" | "env" | "signal" | "cacheDir" | "now">;

/**
 * Runs the image, exactly as it will be published, in the docker engine, and says whether it comes up, works and
 * ends under the hardening that the guides ask for. Nothing of it is left in the engine. Throws TOOL_MISSING
 * or PROCESS_FAILED without an engine, ENVIRONMENT_INVALID for a variable that is not set, INTERRUPTED.
 */
export async function judgeSmoke(
  settings: SmokeSettings,
  { image }: GateSubject,
  place: SmokePlace,
): Promise<Judgement> {
  if (image === undefined) throw new Error("the smoke gate has no image to run");
  const ours = secretsOf(settings, place.env);
  const asking: Asking = { env: place.env, signal: place.signal };
  const [engine, beside] = await Promise.all([
    observeEngine(asking),
    servicesOf(settings, place.projectDir, place.env),
  ]);
  await sweep(asking);
  const { images, absent } = await choosePlatforms(image, settings.platforms, engine.platform);
  const { services } = beside;
  const mask = maskOf([...ours, ...services.flatMap(secretsIn)]);
  const running = { settings, services, engine, asking, source: image.source };
  const kept = keptIn(place);
  const results = await mapEach(images, images.length, (one) =>
    runUnlessPassed(one, running, kept),
  );
  const findings = [...absent, ...beside.findings, ...results.flatMap(({ findings }) => findings)];
  return {
    findings: findings.map((finding) => masked(finding, mask)),
    summary: results.map(({ summary }) => summary).join(", "),
  };
}

function secretsIn({ environment }: Service): readonly string[] {
  return Object.entries(environment).flatMap(([name, value]) => (isSecretName(name) ? value : []));
}

function masked(finding: Finding, mask: (words: string) => string): Finding {
  const { output, message } = finding;
  return { ...finding, message: mask(message), ...(output && { output: output.map(mask) }) };
}

interface Running {
  readonly settings: SmokeSettings;
  readonly services: readonly Service[];
  readonly engine: EngineFacts;
  readonly asking: Asking;
  readonly source: Source;
}

/** Another number when something else is tried, or in another way: what passed before counts no more. */
const rules = 1;

/** What passed once, by the same settings and beside the same services, passes again; nothing else is kept. */
async function runUnlessPassed(
  image: ConfiguredImage,
  running: Running,
  kept: Kept,
): Promise<Judgement> {
  const { settings, services } = running;
  const key = { gate: "smoke", rules, digest: image.stored.digest, settings, services };
  if ((await kept.find(key)) === true) {
    return { findings: [], summary: `${image.platform} passed before` };
  }
  const judgement = await runPlatform(image, running);
  if (judgement.findings.length === 0) await kept.keep(key, true);
  return judgement;
}

async function runPlatform(image: ConfiguredImage, running: Running): Promise<Judgement> {
  const { settings, engine, asking, source } = running;
  const { platform, stored, manifest, config } = image;
  const sign = signOf(settings, config.settings);
  const useless = untried(sign, engine, platform);
  if (sign === undefined || useless) {
    return { findings: useless ? [useless] : [], summary: `${platform} not tried` };
  }
  const run = newRunId(Date.now(), processSpace()).text;
  const name = `${imageName}:${run}`;
  const plan: ContainerPlan = {
    settings,
    image: config.settings,
    imageName: name,
    platform,
    run,
    publishes: engine.publishes,
  };
  try {
    const id = await loadImage(
      loadArchive({ manifest: stored, parsed: manifest, source, name }),
      name,
      asking,
    );
    verifyLoaded(id, image);
    await tell(
      ["network", "create", "--driver=bridge", `--label=${label}=${run}`, networkOf(run)],
      asking,
    );
    const missing = await startServices(running.services, { run, within: settings.within, asking });
    if (missing.length > 0) return { findings: missing, summary: `${platform} not tried` };
    return await judgeTrial({ plan, sign, asking }, engine.platform);
  } finally {
    await clearUp(run, asking);
  }
}

async function judgeTrial(trying: Trying, native: string): Promise<Judgement> {
  const { plan, sign, asking } = trying;
  const name = `${networkOf(plan.run)}-app`;
  const trial = await tryOnce(trying, name);
  const isUp = trial.outcome === "ready" && sign.kind !== "exit";
  const stopped = isUp ? await stop(name, plan.settings.grace, asking) : undefined;
  const experiments = await experimentsFor(trying, trial, name);
  const findings = diagnose({
    plan,
    sign,
    trial,
    experiments,
    native,
    ...(stopped && { stop: stopped }),
  });
  return { findings, summary: summaryOf(plan, trial, stopped?.seconds) };
}

function summaryOf({ platform }: ContainerPlan, { outcome, seconds }: Trial, stopped?: number) {
  if (outcome !== "ready") return `${platform} not ready`;
  const ended = stopped === undefined ? "" : `, stopped in ${stopped.toFixed(1)} s`;
  return `${platform} ready in ${seconds.toFixed(1)} s${ended}`;
}

const alone: readonly (readonly Loosening[])[] = [
  ["files"],
  ["capabilities"],
  ["user"],
  ["ports"],
  ["files", "capabilities", "user", "ports", "memory"],
];

/**
 * A trial that failed is repeated without each hardening, side by side: what helps is what it tripped over. All have ended
 * before an error is thrown, so that all is there that is to be removed.
 */
async function experimentsFor(
  trying: Trying,
  failed: Trial,
  name: string,
): Promise<readonly Experiment[]> {
  if (["ready", "unmade"].includes(failed.outcome) || wasKilled(failed)) return [];
  return await mapEach(alone, alone.length, async (loosened) => {
    const own = `${name}-${alone.indexOf(loosened)}`;
    const trial = await tryOnce(trying, own, loosened);
    const worked = trial.outcome === "ready";
    const written = worked ? await changesIn(own, trying.asking) : [];
    return { loosened, worked, written };
  });
}

/** The containerd image store knows an image by its manifest, the classic one by its config. */
function verifyLoaded(id: string, { stored, manifest }: ConfiguredImage): void {
  if (id === stored.digest || id === manifest.config.digest) return;
  throw new SlipwayError(
    "CONTENT_CORRUPT",
    `the docker engine loaded ${id} instead of ${stored.digest}`,
  );
}
