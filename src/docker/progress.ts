import { type Loose, object, objects, text } from "../loose.ts";

/** What happens in a build, as `docker buildx build --progress rawjson` tells it. `id` names a step within one build. */
export type BuildEvent =
  | {
      readonly type: "build-step";
      readonly id: string;
      readonly name: string;
      /** The platform the step is for, when its name tells one. */
      readonly platform?: string;
      readonly state: "started" | "done" | "cached" | "failed";
      /** How long it took; absent while it runs. */
      readonly seconds?: number;
    }
  | { readonly type: "build-log"; readonly id: string; readonly line: string }
  | {
      readonly type: "build-bytes";
      readonly id: string;
      readonly current: number;
      /** 0 when it is not known. */
      readonly total: number;
    }
  | {
      readonly type: "build-warning";
      readonly id: string;
      readonly message: string;
      readonly url?: string;
      /** The line of the Dockerfile. */
      readonly line?: number;
    };

export interface FailedStep {
  readonly name: string;
  readonly platform?: string;
  /** BuildKit's own words, such as `process "/bin/sh -c false" did not complete successfully: exit code: 1`. */
  readonly error: string;
  /** The step's last output, at most 20 lines. */
  readonly lastLines: readonly string[];
}

export interface BuildProgress {
  readonly read: (status: BuildStatus) => BuildEvent[];
  /** The first step that failed by itself, and not because another one had. */
  readonly failure: () => FailedStep | undefined;
}

interface Step {
  readonly id: string;
  readonly name: string;
  state: "waiting" | "started" | "done" | "cached" | "failed";
  readonly lastLines: string[];
  /** The beginnings of lines that are not complete yet, by stream: 1 is stdout, 2 stderr. */
  readonly partial: Map<number, string>;
  readonly bytes: Map<string, { current: number; total: number }>;
}

/** One line of buildx's progress, taken apart as far as that it has these lists. */
export interface BuildStatus {
  readonly vertexes: readonly Loose[];
  readonly statuses: readonly Loose[];
  readonly logs: readonly Loose[];
  readonly warnings: readonly Loose[];
}

type Mask = (words: string) => string;

const keptLines = 20;
const longestLine = 4096;
/** Beyond this many steps new ones are passed over; the largest Dockerfiles have some hundreds. */
const mostSteps = 20_000;

/**
 * Turns buildx's progress (`SolveStatus` of BuildKit's client/graph.go) into events. Holds the
 * unfinished steps' last lines and byte counts, and no more; malformed input is passed over.
 * `mask` blots out secrets in all that is told, `maskName` in the names of steps, where BuildKit
 * writes the values of build arguments.
 */
export function readProgress(mask: Mask = (words) => words, maskName: Mask = mask): BuildProgress {
  const state: State = { steps: new Map(), failure: undefined, mask, maskName };
  return { read: (status) => readStatus(state, status), failure: () => state.failure };
}

interface State {
  readonly steps: Map<string, Step>;
  failure: FailedStep | undefined;
  readonly mask: Mask;
  readonly maskName: Mask;
}

function readStatus(state: State, status: BuildStatus): BuildEvent[] {
  // A line may tell several moments of one step; the last is how it stands.
  const latest = new Map(status.vertexes.map((vertex) => [vertex.digest, vertex]));
  const vertexes = [...latest.values()];
  return [
    ...vertexes.flatMap((vertex) => onStart(state, vertex)),
    ...status.statuses.flatMap((bytes) => onBytes(state, bytes)),
    ...status.logs.flatMap((log) => onLog(state, log)),
    ...status.warnings.flatMap((warning) => onWarning(state, warning)),
    // A step's last words are told before it is over.
    ...vertexes.flatMap((vertex) => onEnd(state, vertex)),
  ];
}

function onStart(state: State, vertex: Loose): BuildEvent[] {
  const step = stepOf(state, text(vertex.digest), text(vertex.name));
  if (step === undefined || step.state === "started") return [];
  // BuildKit may end a step and take it up again: it loads the build context in two rounds.
  const isAgain = step.state !== "waiting" && time(vertex.completed) !== undefined;
  if (isAgain || time(vertex.started) === undefined) return [];
  step.state = "started";
  return vertex.cached === true ? [] : [stepEvent(step, "started")];
}

function onEnd(state: State, vertex: Loose): BuildEvent[] {
  const step = state.steps.get(text(vertex.digest));
  const completed = time(vertex.completed);
  if (step?.state !== "started" || completed === undefined) return [];
  const rest = flush(state, step);
  step.state = endOf(vertex);
  const error = text(vertex.error);
  if (error !== "" && !isAftermath(error)) state.failure ??= failedStep(step, state.mask(error));
  step.bytes.clear();
  step.lastLines.length = 0;
  const seconds = (completed - (time(vertex.started) ?? completed)) / 1000;
  return [...rest, stepEvent(step, step.state, seconds)];
}

function endOf(vertex: Loose): "done" | "cached" | "failed" {
  if (text(vertex.error) !== "") return "failed";
  return vertex.cached === true ? "cached" : "done";
}

function onLog(state: State, log: Loose): BuildEvent[] {
  const step = state.steps.get(text(log.vertex));
  if (step === undefined) return [];
  const stream = count(log.stream) === 2 ? 2 : 1;
  const said = Buffer.from(text(log.data), "base64").toString("utf8");
  const lines = ((step.partial.get(stream) ?? "") + said).split(/\r?\n/);
  step.partial.set(stream, (lines.pop() ?? "").slice(0, longestLine));
  return lines.map((line) => say(state, step, line));
}

function onBytes({ steps }: State, status: Loose): BuildEvent[] {
  const step = steps.get(text(status.vertex));
  const [current, total] = [count(status.current), count(status.total)];
  if (step?.state !== "started" || (current === 0 && total === 0)) return [];
  step.bytes.set(text(status.id), { current, total });
  const parts = [...step.bytes.values()];
  const sum = (key: "current" | "total") => parts.reduce((all, part) => all + part[key], 0);
  return [{ type: "build-bytes", id: step.id, current: sum("current"), total: sum("total") }];
}

function onWarning({ steps, mask }: State, warning: Loose): BuildEvent[] {
  const message = mask(Buffer.from(text(warning.short), "base64").toString("utf8"));
  if (message === "") return [];
  const id = steps.get(text(warning.vertex))?.id ?? "";
  const line = count(object(objects(warning.range)[0]?.start).line);
  const url = text(warning.url);
  return [
    {
      type: "build-warning",
      id,
      message,
      ...(url !== "" && { url }),
      ...(line > 0 && { line }),
    },
  ];
}

function stepOf({ steps, maskName }: State, digest: string, name: string): Step | undefined {
  const known = steps.get(digest);
  if (known !== undefined || digest === "" || steps.size >= mostSteps) return known;
  const id = String(steps.size + 1);
  const bytes = new Map();
  const step: Step = {
    id,
    name: maskName(name),
    state: "waiting",
    lastLines: [],
    partial: new Map(),
    bytes,
  };
  steps.set(digest, step);
  return step;
}

/** `[linux/amd64->arm64 build 2/4] RUN make` is for linux/arm64. */
export function platformOf(name: string): string | undefined {
  const match =
    /^\[([a-z]+)\/([a-z]\w*(?:\/v\d+)?)(?:->(?:([a-z]+)\/(?!v\d))?(\w+(?:\/v\d+)?))? /.exec(name);
  if (!match) return undefined;
  const [, os, architecture, targetOs = os, target = architecture] = match;
  return `${targetOs}/${target}`;
}

function stepEvent(
  { id, name }: Step,
  state: "started" | "done" | "cached" | "failed",
  seconds?: number,
): BuildEvent {
  const platform = platformOf(name);
  return {
    type: "build-step",
    id,
    name,
    ...(platform !== undefined && { platform }),
    state,
    ...(seconds !== undefined && { seconds }),
  };
}

function failedStep({ name, lastLines }: Step, error: string): FailedStep {
  const platform = platformOf(name);
  return { name, ...(platform !== undefined && { platform }), error, lastLines: [...lastLines] };
}

function say({ mask }: State, step: Step, line: string): BuildEvent {
  const shown = mask(line).slice(0, longestLine);
  step.lastLines.push(shown);
  if (step.lastLines.length > keptLines) step.lastLines.shift();
  return { type: "build-log", id: step.id, line: shown };
}

function flush(state: State, step: Step): BuildEvent[] {
  const rest = [...step.partial.values()].filter((line) => line !== "");
  step.partial.clear();
  return rest.map((line) => say(state, step, line));
}

/** A step that BuildKit stopped because another one failed carries Go's word for that. */
function isAftermath(error: string): boolean {
  return /\bcontext canceled\b/.test(error);
}

/** Reads a line of buildx's stderr; `undefined` when it is no progress. */
export function parseStatus(line: string): BuildStatus | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const { vertexes, statuses, logs, warnings } = object(JSON.parse(line));
    return {
      vertexes: objects(vertexes),
      statuses: objects(statuses),
      logs: objects(logs),
      warnings: objects(warnings),
    };
  } catch {
    return undefined;
  }
}

function count(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : 0;
}

function time(value: unknown): number | undefined {
  const milliseconds = Date.parse(text(value));
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}
