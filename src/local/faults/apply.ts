import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Handler, HttpAnswer, HttpRequest } from "../http.ts";
import { openLink, throttled } from "../link.ts";
import type { Place } from "../place.ts";
import type { FaultHit } from "../reports.ts";
import {
  corrupted,
  expiredAnswer,
  headOf,
  lengthOf,
  misdigested,
  planeError,
  stsError,
  throttleAnswer,
  withBody,
} from "./answers.ts";
import { type Counters, decide, noneSeen, type RequestFacts } from "./decide.ts";
import { type Lag, openLag } from "./lag.ts";
import type { Fault, FaultRule, FaultSet } from "./rule.ts";

/** Faults at work: what rules say, what was seen, and what still lags. */
export interface Faults {
  /** Other rules from now on, counted anew. */
  readonly set: (set: FaultSet | undefined) => void;
  /** A repository as it is before it changes: reads may go on seeing it so. */
  readonly remember: Lag["remember"];
  readonly around: (handler: Handler, place: Place) => Handler;
}

/** Faults around whatever answers, by rules that are set while it serves; `onFault` hears of each that strikes. */
export function openFaults(onFault: (hit: FaultHit) => void = () => {}): Faults {
  let rules: Rules | undefined;
  const set = (next: FaultSet | undefined) => {
    const lagging = next?.rules.find((rule) => rule.fault === "lag");
    rules = next && { set: next, counters: noneSeen, lag: lagging && openLag(lagging.reads) };
  };
  const around = (handler: Handler, place: Place): Handler => {
    return async (request) => {
      if (!rules) return await handler(request);
      const facts = factsOf(request, place);
      const rule = draw(rules, facts);
      if (!rule) return await handler(request);
      onFault({ rule, ...namesOf(facts) });
      const scene = { handler: behind(rule, facts, place, rules.lag) ?? handler, facts };
      return await suffer(rule, request, scene);
    };
  };
  return { set, remember: (...past) => rules?.lag?.remember(...past), around };
}

function namesOf({ method, path, operation }: RequestFacts): Omit<FaultHit, "rule"> {
  return { method, path, ...(operation !== undefined && { operation }) };
}

/** The handler that sees what was before, for a read that lags. */
function behind(
  rule: FaultRule,
  { registry }: RequestFacts,
  place: Place,
  lag: Lag | undefined,
): Handler | undefined {
  if (rule.fault !== "lag" || !lag || registry === undefined) return undefined;
  lag.countRead(registry);
  return place.seen?.(lag.view);
}

interface Rules {
  readonly set: FaultSet;
  readonly lag: Lag | undefined;
  counters: Counters;
}

function draw(rules: Rules, facts: RequestFacts): FaultRule | undefined {
  const lagging = rules.lag?.isLagging(facts.registry) ?? false;
  const { rule, counters } = decide(rules.set, facts, rules.counters, lagging);
  rules.counters = counters;
  return rule;
}

function factsOf(request: HttpRequest, { plane, registryOf }: Place): RequestFacts {
  const target = request.header("x-amz-target")?.split(".").at(-1);
  const operation = plane === "api" ? (target ?? "STS") : undefined;
  const { method, path } = request;
  const credential = credentialOf(request);
  const at = performance.now();
  return { plane, registry: registryOf(request), operation, method, path, credential, at };
}

/** A fingerprint of who asks: a registry token, or an access key and its session, but not each call's signature. */
function credentialOf({ header }: HttpRequest): string | undefined {
  const authorization = header("authorization");
  if (authorization === undefined) return undefined;
  const key = /Credential=([^/]+)/.exec(authorization)?.[1] ?? authorization;
  const session = header("x-amz-security-token") ?? "";
  return createHash("sha256").update(`${key} ${session}`).digest("hex").slice(0, 16);
}

interface Scene {
  readonly handler: Handler;
  readonly facts: RequestFacts;
}

async function suffer(fault: Fault, request: HttpRequest, scene: Scene): Promise<HttpAnswer> {
  switch (fault.fault) {
    case "status":
    case "error":
    case "throttle":
    case "expired-token":
      // A server reads what it refuses, so that the client gets to read the refusal.
      await drain(request.body);
      return refusal(fault, scene.facts);
    case "reset":
      return await reset(fault, request, scene.handler);
    case "lag":
      return await scene.handler(request);
    case "lost":
      await scene.handler(request);
      await silence(fault.milliseconds ?? 0, request);
      return cutOff(request);
    case "stall":
      return await stall(fault, request, scene.handler);
    case "slow":
      return await throttled(scene.handler, () => openLink(fault))(request);
    case "truncate":
    case "corrupt":
    case "digest":
      return distort(fault, await scene.handler(request));
  }
}

type Refusing = Extract<Fault, { fault: "status" | "error" | "throttle" | "expired-token" }>;

function refusal(fault: Refusing, { plane, operation }: RequestFacts): HttpAnswer {
  const isSts = operation === "STS";
  switch (fault.fault) {
    case "status":
      return { status: fault.status, body: "" };
    case "error":
      return isSts
        ? stsError(fault.code, fault.message ?? "", fault.status ?? 400)
        : planeError(plane, fault);
    case "throttle":
      return isSts ? stsError("Throttling", "Rate exceeded", 400) : throttleAnswer(plane);
    case "expired-token":
      return isSts
        ? stsError("ExpiredToken", "The security token included in the request is expired", 403)
        : expiredAnswer(plane);
  }
}

async function reset(
  { when, bytes }: Extract<Fault, { fault: "reset" }>,
  request: HttpRequest,
  handler: Handler,
): Promise<HttpAnswer> {
  switch (when) {
    case "before":
      return cutOff(request);
    case "after":
      await drain(request.body);
      return cutOff(request);
    case "during": {
      if (!hasBody(request)) return cutOff(request);
      const half = Math.floor(Number(request.header("content-length") ?? 2) / 2);
      const chunks = cutAfter(request.body, bytes ?? half, request);
      await handler({ ...request, body: Readable.from(chunks, { objectMode: false }) });
      return cutOff(request);
    }
    case "answer": {
      const answer = await handler(request);
      const end = bytes ?? Math.floor(lengthOf(answer) / 2);
      if (lengthOf(answer) === 0 || request.method === "HEAD") return cutOff(request);
      return withBody(answer, (chunks) => cutAfter(chunks, end, request));
    }
  }
}

function hasBody({ header }: HttpRequest): boolean {
  return Number(header("content-length") ?? 0) > 0 || header("transfer-encoding") !== undefined;
}

/** Long enough for what was written to leave, as a reset throws away what has not. */
const leaveMilliseconds = 20;

async function* cutAfter(
  chunks: AsyncIterable<Buffer>,
  end: number,
  request: HttpRequest,
): AsyncGenerator<Buffer> {
  yield* headOf(chunks, end);
  await sleep(leaveMilliseconds);
  cutOff(request);
}

async function stall(
  { when = "before", milliseconds }: Extract<Fault, { fault: "stall" }>,
  request: HttpRequest,
  handler: Handler,
): Promise<HttpAnswer> {
  if (when === "before") {
    await silence(milliseconds, request);
    return await handler(request);
  }
  const answer = await handler(request);
  const half = Math.floor(lengthOf(answer) / 2);
  if (half > 0) return withBody(answer, (chunks) => pauseAt(chunks, half, milliseconds, request));
  await silence(milliseconds, request);
  return answer;
}

async function* pauseAt(
  chunks: AsyncIterable<Buffer>,
  place: number,
  milliseconds: number,
  request: HttpRequest,
): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const chunk of chunks) {
    const here = place - at;
    at += chunk.length;
    if (here < 0 || here >= chunk.length) {
      yield chunk;
      continue;
    }
    yield chunk.subarray(0, here);
    await silence(milliseconds, request);
    yield chunk.subarray(here);
  }
}

function distort(
  fault: Extract<Fault, { fault: "truncate" | "corrupt" | "digest" }>,
  answer: HttpAnswer,
): HttpAnswer {
  const half = Math.floor(lengthOf(answer) / 2);
  switch (fault.fault) {
    case "digest":
      return misdigested(answer);
    case "truncate":
      return truncate(answer, fault.bytes ?? half, fault.announced ?? "whole");
    case "corrupt":
      return withBody(answer, (chunks) => corrupted(chunks, fault.byte ?? half));
  }
}

/** A body that is shorter than was said can only be followed by the end of the connection. */
function truncate(answer: HttpAnswer, bytes: number, announced: "whole" | "cut"): HttpAnswer {
  const end = Math.min(bytes, lengthOf(answer));
  if (announced === "cut") return withBody(answer, (chunks) => headOf(chunks, end), end);
  const closing = { ...answer, headers: { ...answer.headers, connection: "close" } };
  return withBody(closing, (chunks) => headOf(chunks, end));
}

/** When the client leaves meanwhile, nothing follows. */
async function silence(milliseconds: number, request: HttpRequest): Promise<void> {
  if (milliseconds <= 0) return;
  const over = new AbortController();
  const rest = sleep(milliseconds, false, { signal: over.signal, ref: false }).catch(() => false);
  const hasLeft = await Promise.race([rest, request.left(over.signal)]);
  over.abort();
  if (hasLeft) cutOff(request);
}

function cutOff(request: HttpRequest): never {
  request.reset();
  // As when the client had gone by itself.
  throw Object.assign(new Error("the connection was cut, as asked"), { code: "ECONNRESET" });
}

async function drain(body: Readable): Promise<void> {
  for await (const _ of body) {
    // Nobody wants it.
  }
}
