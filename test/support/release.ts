import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openWorld } from "../../src/cli/world.ts";
import { loadRequest } from "../../src/config/load.ts";
import type { Overrides } from "../../src/config/overrides.ts";
import {
  type LocalEcr,
  type LocalEcrOptions,
  type RequestLogEntry,
  startLocalEcr,
} from "../../src/local/server.ts";
import type { ReleaseEvent } from "../../src/release/event.ts";
import { observe } from "../../src/release/observe.ts";
import type { Plan } from "../../src/release/plan.ts";
import { planRelease } from "../../src/release/planning/plan-release.ts";
import type { Receipt } from "../../src/release/receipt.ts";
import { type Verification, verifyRelease } from "../../src/release/verify.ts";
import type { World } from "../../src/release/world.ts";
import { applyRollback } from "../../src/rollback/apply.ts";
import type { RollbackRequest } from "../../src/rollback/facts.ts";
import { observeRollback } from "../../src/rollback/observe.ts";
import { planRollback } from "../../src/rollback/plan-rollback.ts";
import type { RollbackReceipt } from "../../src/rollback/receipt.ts";
import { apply } from "./apply.ts";
import type { Project } from "./project.ts";

/** A local ECR that this process's AWS SDK talks to, and everything that was asked of it. */
export interface Rehearsal extends AsyncDisposable {
  readonly ecr: LocalEcr;
  readonly requests: RequestLogEntry[];
  readonly cacheDir: string;
}

/** How much faster than time the clock runs by which `src/ecr/pace.ts` keeps ECR's quotas: here nothing is to wait. */
const haste = 20;

/** Makes time pass quickly for whoever measures how long something takes, until it is disposed of. */
export function hurriedClock(): Disposable {
  const real = performance.now.bind(performance);
  const begin = real();
  performance.now = () => begin + haste * (real() - begin);
  return { [Symbol.dispose]: () => void Reflect.deleteProperty(performance, "now") };
}

export async function rehearsal(options: LocalEcrOptions = {}): Promise<Rehearsal> {
  const requests: RequestLogEntry[] = [];
  const ecr = await startLocalEcr({ ...options, onRequest: (entry) => requests.push(entry) });
  const cacheDir = mkdtempSync(join(tmpdir(), "slipway-cache-"));
  const before = { ...process.env };
  Object.assign(process.env, ecr.env, { SLIPWAY_CACHE_DIR: cacheDir });
  const clock = hurriedClock();
  return {
    ecr,
    requests,
    cacheDir,
    async [Symbol.asyncDispose]() {
      clock[Symbol.dispose]();
      for (const name of Object.keys(ecr.env)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
      rmSync(cacheDir, { recursive: true, force: true });
      await ecr.close();
    },
  };
}

export interface Release {
  readonly plan: Plan;
  readonly receipt: Receipt;
  readonly events: readonly ReleaseEvent[];
}

interface Options {
  readonly overrides?: Overrides;
  /** Changes the world before it is used. */
  readonly change?: (world: World) => World;
}

/** What `slipway plan VERSION` computes. */
export async function plan(
  project: Project,
  version: string,
  options: Options = {},
): Promise<Plan> {
  const { request, world } = await prepare(project, version, () => {}, options);
  return planRelease(request, await observe(request, world));
}

/** What `slipway release VERSION` does. */
export async function release(
  project: Project,
  version: string,
  options: Options = {},
): Promise<Release> {
  const events: ReleaseEvent[] = [];
  const { request, world } = await prepare(
    project,
    version,
    (event) => events.push(event),
    options,
  );
  const planned = planRelease(request, await observe(request, world));
  return { plan: planned, receipt: await apply(planned, world), events };
}

/** What `slipway verify VERSION` finds. */
export async function verify(project: Project, version: string): Promise<Verification> {
  const { request, world } = await prepare(project, version, () => {}, {});
  return await verifyRelease(request, version, world);
}

/** What `slipway rollback TAG` does. */
export async function rollback(
  project: Project,
  asked: Omit<RollbackRequest, "receipts">,
): Promise<RollbackReceipt> {
  const { request, world } = await prepare(project, "0.0.1", () => {}, {});
  const wish = { receipts: [], ...asked };
  const plan = planRollback(wish, request, await observeRollback(wish, request, world));
  return await applyRollback(plan, world);
}

export async function prepare(
  { dir }: Project,
  version: string,
  report: World["report"],
  { overrides = {}, change = (world) => world }: Options,
) {
  const request = await loadRequest({
    text: readFileSync(join(dir, "slipway.yaml"), "utf8"),
    projectDir: dir,
    overrides: { version: { kind: "exact", version }, ...overrides },
    readFile: async (path) => readFileSync(path, "utf8"),
  });
  const signal = new AbortController().signal;
  const world = openWorld({ projectDir: dir, env: process.env, signal, report });
  return { request, world: change(world) };
}
