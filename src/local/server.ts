import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { SlipwayError } from "../errors.ts";
import { openTls } from "./certificate.ts";
import { openClock } from "./clock.ts";
import { withConsole } from "./console/console.ts";
import { type ControlPlane, controlPlane, registryOfCall } from "./control/control-plane.ts";
import { bounded } from "./crowd.ts";
import { parseDenial } from "./denials.ts";
import { openDirectory } from "./directory.ts";
import { type EffectWatch, watchEffects } from "./effects.ts";
import { environmentFor, unwantedVariables } from "./environment.ts";
import { openFaults } from "./faults/apply.ts";
import { type Handler, type Listener, type ListenOptions, listen } from "./http.ts";
import { openLifecycleRuns } from "./lifecycle/runs.ts";
import { openLinks } from "./link.ts";
import { openListeners } from "./listeners.ts";
import type { LocalEcr, LocalEcrOptions } from "./options.ts";
import { openReplication } from "./replication.ts";
import type { RequestLogEntry } from "./reports.ts";
import { openRim, type Rim } from "./rim.ts";
import { plantSeed } from "./seed.ts";
import { openSigning } from "./signing.ts";
import { openState, type State } from "./state.ts";

export { parseFaults, readFaults } from "./faults/parse.ts";
export type { Fault, FaultRule, FaultSelection, FaultSet } from "./faults/rule.ts";
export { type FindingsRule, readFindings, type ScanFinding } from "./findings-file.ts";
export type { LinkLimits, LocalEcr, LocalEcrOptions } from "./options.ts";
export type { Effect, EffectKind, FaultHit, RequestLogEntry, Upload } from "./reports.ts";
export { requestLine } from "./request-text.ts";
export type { Roles } from "./roles.ts";
export { readSeed, type Seed, type SeedImage, type SeedRepository } from "./seed-file.ts";

/**
 * Starts an ECR on 127.0.0.1 and resolves when it serves. Every registry (an account in a region) has a port of its own,
 * opened when it is first asked for. Throws LOCAL_ECR_FAILED when the port is taken or the directory is in use, and
 * USAGE when account or region cannot be one, INTERRUPTED when `signal` ends the planting of a seed.
 */
export async function startLocalEcr(options: LocalEcrOptions = {}): Promise<LocalEcr> {
  const { account = "123456789012", region = "us-east-1", port = 0 } = options;
  verifyPlace(account, region);
  const denials = (options.deny ?? []).map(parseDenial);
  const { requests, onRequest } = keepRequests(options.onRequest);
  const id = randomUUID();
  // The directory's lock names the API's port, so the port comes first and its answers wait for the data.
  const api = await openApi(id, { port, tls: options.tls ? {} : undefined }, onRequest);
  const closers: Closer[] = [api.close];
  const close = () => closeAll(closers);
  try {
    const owner = { pid: process.pid, port: api.port, id, tls: options.tls ?? false };
    const directory = await openDirectory(options.dir, owner);
    closers.push(directory.release);
    const tls = options.tls ? openTls(directory.path, Date.now()) : undefined;
    if (tls) api.secure(tls);
    const world = openWorld(directory.path, { ...options, denials });
    const { seed, signal } = options;
    if (seed) await plantSeed(world.state, seed, { account, region }, signal);
    // What the server starts with is no change that reads could lag behind.
    world.setFaults(options.faults);
    const listeners = await openListeners(world.state, { rim: world.rim, onRequest, tls });
    closers.push(listeners.close);
    const { origin: registry } = await listeners.registryOf(account, region);
    const plane = { ...world, account, registryOf: listeners.registryOf };
    api.serve(withConsole({ ...world, requests }, apiHandler(plane, world.rim)));
    const endpoint = `${world.state.scheme}://127.0.0.1:${api.port}`;
    const env = environmentFor(endpoint, { account, region, noProxy: options.noProxy });
    const caFile = tls && resolve(tls.caFile);
    return {
      endpoint,
      registry,
      env: { ...env, ...(caFile && { AWS_CA_BUNDLE: caFile, NODE_EXTRA_CA_CERTS: caFile }) },
      ...(caFile && { caFile }),
      ...controlsOf(world, [api, listeners]),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What the one who started a server may do to it. */
function controlsOf(world: World, listeners: readonly Pick<Listener, "refuse">[]) {
  return {
    unset: unwantedVariables,
    now: () => new Date(world.state.now()),
    advance: world.advance,
    setFaults: world.setFaults,
    ...haltable(world.watch, listeners),
  };
}

type World = ReturnType<typeof openWorld>;
type WorldOptions = LocalEcrOptions & Pick<State, "denials">;

/** Everything but who listens: the state, what happens to it by itself, and what stands before it. */
function openWorld(directory: string, options: WorldOptions) {
  const { now = () => new Date(), replicationLagMs = 1000 } = options;
  const faults = openFaults(options.onFault);
  const watch = watchEffects(options, faults.remember, (...change) => {
    replication.sendOn(...change);
    signing.sign(...change);
  });
  const clock = openClock(directory, () => now().getTime());
  const scheme = options.tls ? "https" : "http";
  const state = openState(directory, { ...options, now: clock.now, watch, scheme });
  const replication = openReplication(state, replicationLagMs);
  const signing = openSigning(state);
  const runs = openLifecycleRuns(state);
  const catchUp = () => {
    replication.catchUp();
    signing.catchUp();
    runs.catchUp();
  };
  return {
    state,
    watch,
    isReplicating: replication.isUnderWay,
    signingStatesOf: signing.statesOf,
    rim: openRim({ links: openLinks(options), faults, before: catchUp }),
    setFaults: faults.set,
    catchUp,
    ahead: clock.ahead,
    advance(milliseconds: number) {
      clock.advance(verifiedAdvance(milliseconds));
      catchUp();
    },
  };
}

/** How many requests the console shows. */
const keptRequests = 100;

function keepRequests(tell: (entry: RequestLogEntry) => void = () => {}) {
  const kept: RequestLogEntry[] = [];
  const onRequest = (entry: RequestLogEntry) => {
    // Who looks at the console does not want to see that.
    if (!entry.path.startsWith("/local/")) kept.push(entry);
    if (kept.length > 2 * keptRequests) kept.splice(0, keptRequests);
    tell(entry);
  };
  return { onRequest, requests: () => kept.slice(-keptRequests).reverse() };
}

/** The API, each call at the edge of the registry that it comes from. */
function apiHandler(plane: ControlPlane, rim: Rim): Handler {
  const atEdge = rim(controlPlane(plane), {
    plane: "api",
    registryOf: (request) => registryOfCall(plane, request),
    seen: (view) =>
      controlPlane({
        ...plane,
        registryOf: async (account, region) => view(await plane.registryOf(account, region)),
      }),
  });
  return bounded(atEdge, "api");
}

function haltable(
  watch: EffectWatch,
  listeners: readonly Pick<Listener, "refuse">[],
): Pick<LocalEcr, "halt" | "resume"> {
  const set = (halted: boolean) => {
    watch.halted = halted;
    for (const listener of listeners) listener.refuse(halted);
  };
  return { halt: () => set(true), resume: () => set(false) };
}

/** Each day of it runs every lifecycle policy once. */
const maxAdvance = 3660 * 86_400_000;

type Closer = () => void | Promise<void>;

/** The last opened first: nobody writes to a directory that is given back. One that fails leaves none open. */
async function closeAll(closers: Closer[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of closers.splice(0).reverse()) {
    try {
      await close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

function verifyPlace(account: string, region: string): void {
  if (!/^\d{12}$/.test(account)) {
    throw new SlipwayError("USAGE", `'${account}' is not an AWS account id, which has 12 digits`);
  }
  if (!/^[a-z]+(?:-[a-z0-9]+)+$/.test(region)) {
    throw new SlipwayError("USAGE", `'${region}' is not an AWS region, such as us-east-1`);
  }
}

function verifiedAdvance(milliseconds: number): number {
  if (milliseconds >= 0 && milliseconds <= maxAdvance) return milliseconds;
  throw new SlipwayError("USAGE", `the clock cannot be moved by ${milliseconds} milliseconds`, {
    suggestions: ["move it ahead, by ten years at most"],
  });
}

interface Api extends Listener {
  readonly serve: (handler: Handler) => void;
}

async function openApi(
  id: string,
  { port, tls }: Pick<ListenOptions, "port" | "tls">,
  onRequest: (entry: RequestLogEntry) => void,
): Promise<Api> {
  const ready = Promise.withResolvers<Handler>();
  const handler: Handler = async (request) => {
    // At once, even before there is data: the lock of one that was killed may name this very port, and then this one asks itself.
    const owner = /^\/owner\/(.+)$/.exec(request.path)?.[1];
    if (owner !== undefined) return { status: owner === id ? 204 : 404 };
    return await (await ready.promise)(request);
  };
  try {
    const listener = await listen(handler, onRequest, { port, orAny: false, tls });
    return { ...listener, serve: ready.resolve };
  } catch (cause) {
    throw new SlipwayError("LOCAL_ECR_FAILED", `the local ECR cannot listen on port ${port}`, {
      suggestions: ["choose another port, or let the system choose one"],
      cause,
    });
  }
}
