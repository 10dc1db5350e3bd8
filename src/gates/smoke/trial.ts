import { setTimeout as wait } from "node:timers/promises";
import {
  type ContainerState,
  execIn,
  inspectContainer,
  isContainer,
  lastLinesOf,
} from "../../docker/container.ts";
import { type Asking, ask } from "../../docker/engine.ts";
import { type ContainerPlan, type Loosening, runArguments, type Sign } from "./container-plan.ts";
import { type Answer, askHttp, askTcp } from "./probe.ts";

/** How one container of the image did. */
export interface Trial {
  /** `unmade`: docker made no container of it, as where it refuses an option. */
  readonly outcome: "ready" | "exited" | "late" | "unstarted" | "unmade";
  readonly state: ContainerState;
  /** The last lines of what it said. */
  readonly lines: readonly string[];
  readonly seconds: number;
  /** What the last question got for an answer, where it is we who asked. */
  readonly answer?: string;
}

export interface Trying {
  readonly plan: ContainerPlan;
  readonly sign: Sign;
  readonly asking: Asking;
}

/** Milliseconds between two looks. */
const pause = 250;
const keptLines = 20;

/**
 * Starts a container and looks at it until it is ready, has ended, or its time is over. It is left as it is.
 * Throws INTERRUPTED, and PROCESS_FAILED when the engine does not answer.
 */
export async function tryOnce(
  trying: Trying,
  name: string,
  loosened: readonly Loosening[] = [],
): Promise<Trial> {
  const { plan, asking } = trying;
  const began = performance.now();
  // Not to be stopped halfway: what an engine has half made, nobody finds afterwards.
  const { signal: _, ...unhurried } = asking;
  const started = await ask(runArguments(plan, name, loosened), unhurried);
  const seen =
    started.exitCode === 0
      ? await lookUntilReady(trying, name, began)
      : await unstarted(name, started.errorTail, asking);
  const lines = seen.outcome === "unmade" ? [] : await lastLinesOf(name, keptLines, asking);
  return { ...seen, lines, seconds: (performance.now() - began) / 1000 };
}

type Seen = Pick<Trial, "outcome" | "state" | "answer">;

/** docker leaves the container that it could not start, unless it did not even make one. */
async function unstarted(name: string, said: readonly string[], asking: Asking): Promise<Seen> {
  const error = reasonIn(said);
  // Asked, for an engine that does not answer has refused nothing.
  if (!(await isContainer(name, asking))) {
    const state = { running: false, exitCode: 125, oomKilled: false, error, ports: {} };
    return { outcome: "unmade", state };
  }
  const state = await inspectContainer(name, asking);
  return { outcome: "unstarted", state: { ...state, error: state.error || error } };
}

/** What docker said, without whose words they are and where its help is. */
function reasonIn(said: readonly string[]): string {
  const lines = said.filter((line) => line !== "" && !line.startsWith("Run 'docker "));
  return lines
    .join(" ")
    .replace(/^docker: /, "")
    .replace(/^Error response from daemon: /, "");
}

async function lookUntilReady(trying: Trying, name: string, began: number): Promise<Seen> {
  const { plan, asking } = trying;
  const end = began + plan.settings.within * 1000;
  for (;;) {
    const state = await inspectContainer(name, asking);
    const { good, words } = await look(trying, name, state);
    const seen = { state, ...(words !== "" && { answer: words }) };
    if (good) return { outcome: "ready", ...seen };
    if (!state.running) return { outcome: "exited", ...seen };
    if (performance.now() > end) return { outcome: "late", ...seen };
    await wait(pause);
  }
}

async function look(
  { plan, sign, asking }: Trying,
  name: string,
  state: ContainerState,
): Promise<Answer> {
  if (sign.kind === "exit") return { good: !state.running && state.exitCode === 0, words: "" };
  if (!state.running) return { good: false, words: "" };
  if (sign.kind === "health") return { good: state.health?.status === "healthy", words: "" };
  if (sign.kind === "exec") {
    const { exitCode, errorTail } = await execIn(name, sign.command, asking);
    return { good: exitCode === 0, words: `exit ${exitCode} ${errorTail.at(-1) ?? ""}`.trim() };
  }
  const { host } = plan.publishes ?? { host: "" };
  const port = state.ports[sign.port];
  if (port === undefined) return { good: false, words: "the port is not published" };
  return sign.kind === "http" ? askHttp(host, port, sign.path) : askTcp(host, port);
}

/** How a ready container took its stop signal. */
export interface Stop {
  readonly seconds: number;
  readonly exitCode: number;
}

/** Asks the container to end by its stop signal; after `grace` seconds it is killed. */
export async function stop(name: string, grace: number, asking: Asking): Promise<Stop> {
  const began = performance.now();
  await ask(["stop", "-t", String(grace), name], { ...asking, timeout: (grace + 30) * 1000 });
  const { exitCode } = await inspectContainer(name, asking);
  return { seconds: (performance.now() - began) / 1000, exitCode };
}
