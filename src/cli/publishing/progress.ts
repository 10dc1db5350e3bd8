import type { BuildEvent } from "../../docker/progress.ts";
import type { ReleaseEvent, Report } from "../../release/event.ts";
import { foreign } from "../terminal/printable.ts";
import { formatBytes, formatDuration } from "../terminal/units.ts";
import { showWaits } from "../terminal/waits.ts";
import { describeStep } from "./plan-text.ts";

/** Lines to write, and lines that stand below them until they change. */
export interface Screen {
  write(line: string): void;
  /**
   * Lets these stand live below the lines and whatever is live already, asked again for every frame with the characters
   * that a line has room for.
   */
  live(lines: (room: number) => readonly string[]): void;
}

type BuildStep = Extract<BuildEvent, { type: "build-step" }>;

interface Running {
  readonly text: string;
  readonly since: number;
  bytes?: { done: number; total: number };
}

const noticedAfterMs = 1000;

/**
 * Turns events into progress: a line as each step ends, and, on a screen that can, what runs just now
 * with its time and bytes. Build steps get a line only when they took a second or failed, and not because `signal` stopped them;
 * they end before the build does, so their lines stand beside its own and not below it.
 */
export function showProgress(
  screen: Screen,
  signal?: AbortSignal,
  now: () => number = Date.now,
): Report {
  const running = new Map<string, Running>();
  screen.live((room) => [...running.values()].map((one) => runningLine(one, now(), room)));
  const waits = showWaits(screen, now);
  // No words of others are obeyed, nor make lines that look like ours.
  const write = (line: string) => screen.write(foreign(line));
  const build = buildProgress(running, { write, now, signal });
  const handlers: {
    [T in ReleaseEvent["type"]]: (event: Extract<ReleaseEvent, { type: T }>) => void;
  } = {
    "step-started": ({ step, image }) =>
      running.set(stepKey(step, image), { text: stepText(step, image), since: now() }),
    "step-done": ({ outcome: { step, state, ms }, image }) => {
      running.delete(stepKey(step, image));
      if (state === "kept" && step.action === "keep") return;
      const how =
        state === "done" ? formatDuration(ms) : state === "already" ? "was done" : "left as it is";
      write(`  ${stepText(step, image)}  ${how}`);
    },
    "copy-progress": ({ target, bytes, total, image }) => {
      const copying = running.get(copyKey(target, image));
      if (copying) copying.bytes = { done: Math.min(bytes, total), total };
    },
    waiting: waits,
    note: ({ target, message, image }) => write(`  ${of(image)}${target}  note: ${message}`),
    build: ({ event, image }) => build(event, of(image)),
    asked: waits,
    answered: waits,
  };
  return (event) => (handlers[event.type] as (event: ReleaseEvent) => void)(event);
}

interface Told {
  readonly write: (line: string) => void;
  readonly now: () => number;
  readonly signal: AbortSignal | undefined;
}

function buildProgress(running: Map<string, Running>, { write, now, signal }: Told) {
  const step = (key: string, { name, state, seconds = 0 }: BuildStep, whose: string) => {
    running.delete(key);
    if (state === "started") running.set(key, { text: `  ${whose}${name}`, since: now() });
    // What Ctrl-C broke off did not fail.
    const noticed =
      (state === "failed" && !signal?.aborted) ||
      (state === "done" && seconds * 1000 >= noticedAfterMs);
    if (noticed)
      write(`  ${whose}${name}  ${state === "failed" ? "failed" : formatDuration(seconds * 1000)}`);
  };
  return (event: BuildEvent, whose: string) => {
    const key = `${whose}build ${event.id}`;
    if (event.type === "build-step") step(key, event, whose);
    if (event.type === "build-warning") write(`  ${whose}warning: ${event.message}`);
    const one = running.get(key);
    if (one && event.type === "build-bytes" && event.total > 0) {
      one.bytes = { done: event.current, total: event.total };
    }
  };
}

type Step = Parameters<typeof describeStep>[0];

/** Gates look side by side, and tags are written so: what a step is told as tells it from the others. */
function stepKey(step: Step, image: string | undefined): string {
  return step.action === "copy" ? copyKey(step.target, image) : stepText(step, image);
}

function copyKey(target: string, image: string | undefined): string {
  return `${of(image)}copy ${target}`;
}

function stepText(step: Step, image: string | undefined): string {
  const what = "target" in step ? `${step.target}  ${describeStep(step)}` : describeStep(step);
  return `${of(image)}${what}`;
}

/** The name of one of several images, in front of what is told of it. */
function of(image: string | undefined): string {
  return image === undefined ? "" : `${image}  `;
}

/** What moves is at the end, and stays in a narrow terminal. */
function runningLine({ text, since, bytes }: Running, now: number, room: number): string {
  const done = bytes ? `  ${formatBytes(bytes.done)} of ${formatBytes(bytes.total)}` : "";
  const moves = `${done}  ${formatDuration(now - since)}`;
  return `${shortened(`  ${foreign(text)}`, room - moves.length)}${moves}`;
}

/** The end goes, but first the accounts: targets differ in their regions more often. */
function shortened(text: string, room: number): string {
  if (text.length <= room) return text;
  const brief = text.replace(/\b\d{12}\//g, "");
  return brief.length <= room ? brief : `${brief.slice(0, Math.max(0, room - 1)).trimEnd()}…`;
}
