import { matchesWildcard } from "../mutability.ts";
import type { Plane } from "../plane.ts";
import { type Bucket, take } from "./rate.ts";
import type { FaultRule, FaultSet } from "./rule.ts";

/** What a rule can know of a request. */
export interface RequestFacts {
  readonly plane: Plane;
  readonly registry: string | undefined;
  readonly operation: string | undefined;
  readonly method: string;
  readonly path: string;
  /** Which credential it carries; `undefined` for none. Never the credential itself. */
  readonly credential: string | undefined;
  /** When it came: milliseconds of a clock that only goes ahead. */
  readonly at: number;
}

/** What has been seen so far. */
export interface Counters {
  /** For each rule, how many requests matched it. */
  readonly matched: readonly number[];
  /** For each rule, how many requests it hit. */
  readonly hit: readonly number[];
  /** Matching calls by rule and credential. */
  readonly calls: Readonly<Record<string, number>>;
  /** What is left of rates, by rule and registry. */
  readonly buckets: Readonly<Record<string, Bucket>>;
}

export interface Decision {
  readonly rule: FaultRule | undefined;
  readonly counters: Counters;
}

export const noneSeen: Counters = { matched: [], hit: [], calls: {}, buckets: {} };

/**
 * Which fault a request meets, if any. The same requests in the same order meet the same faults: chance comes from the
 * seed, the rule's place and the count of its matching requests alone; only a rate asks when they came. `isLagging` tells
 * whether there is something that a `lag` could hide.
 */
export function decide(
  { rules, seed = 1 }: FaultSet,
  request: RequestFacts,
  counters: Counters,
  isLagging: boolean,
): Decision {
  const matches = rules.map((rule) => isMatch(rule, request));
  const matched = rules.map((_, at) => (counters.matched[at] ?? 0) + Number(matches[at]));
  const calls = callsAfter(rules, matches, request, counters.calls);
  const { buckets, exceeded } = takeFrom(rules, matches, request, counters.buckets);
  const first = rules.findIndex((rule, at) => {
    const count = { matched: matched[at] ?? 0, hit: counters.hit[at] ?? 0 };
    const isDue = matches[at] && isHit(rule, count, chance(seed, at, count.matched));
    const usedBy = calls[callKey(at, request)] ?? 0;
    const lags = isLagging && isRead(request);
    return isDue && hasCause(rule, { usedBy, lags, isExceeded: exceeded.has(at) });
  });
  const hit = rules.map((_, at) => (counters.hit[at] ?? 0) + Number(at === first));
  return { rule: rules[first], counters: { matched, hit, calls, buckets } };
}

interface Causes {
  readonly usedBy: number;
  readonly lags: boolean;
  readonly isExceeded: boolean;
}

/** Some faults need more than a rule: a credential that was used often, a change that may lag, a rate exceeded. */
function hasCause(rule: FaultRule, { usedBy, lags, isExceeded }: Causes): boolean {
  switch (rule.fault) {
    case "lag":
      return lags;
    case "expired-token":
      return usedBy > rule.calls;
    case "throttle":
      return rule.perSecond === undefined || isExceeded;
    default:
      return true;
  }
}

function isMatch(rule: FaultRule, request: RequestFacts): boolean {
  const fits = (pattern: string | undefined, text: string | undefined) =>
    pattern === undefined || (text !== undefined && matchesWildcard(pattern, text));
  return (
    fits(rule.operation, request.operation) &&
    fits(rule.path, request.path) &&
    (rule.method === undefined || rule.method === request.method) &&
    (rule.plane === undefined || rule.plane === request.plane) &&
    (rule.registry === undefined || rule.registry === request.registry)
  );
}

function isHit(
  { nth, after = 0, times = Number.POSITIVE_INFINITY, probability = 1 }: FaultRule,
  count: { readonly matched: number; readonly hit: number },
  drawn: number,
): boolean {
  const listed = nth === undefined || [nth].flat().includes(count.matched);
  return listed && count.matched > after && count.hit < times && drawn < probability;
}

function callKey(rule: number, { credential }: RequestFacts): string {
  return `${rule} ${credential}`;
}

function callsAfter(
  rules: readonly FaultRule[],
  matches: readonly boolean[],
  request: RequestFacts,
  before: Counters["calls"],
): Counters["calls"] {
  if (request.credential === undefined) return before;
  const counted = rules.flatMap(({ fault }, at) =>
    fault === "expired-token" && matches[at] ? [callKey(at, request)] : [],
  );
  if (counted.length === 0) return before;
  return { ...before, ...Object.fromEntries(counted.map((key) => [key, (before[key] ?? 0) + 1])) };
}

/** Each registry has a rate for itself; `exceeded` are the places of the rules that have no token left. */
function takeFrom(
  rules: readonly FaultRule[],
  matches: readonly boolean[],
  { registry, at: now }: RequestFacts,
  before: Counters["buckets"],
): { readonly buckets: Counters["buckets"]; readonly exceeded: ReadonlySet<number> } {
  const taken = rules.flatMap((rule, at) => {
    if (rule.fault !== "throttle" || rule.perSecond === undefined || !matches[at]) return [];
    const key = `${at} ${registry}`;
    const { perSecond, burst } = rule;
    const rate = { perSecond, ...(burst !== undefined && { burst }) };
    return [{ at, key, ...take(rate, before[key], now) }];
  });
  if (taken.length === 0) return { buckets: before, exceeded: new Set() };
  const changed = taken.map(({ key, bucket }) => [key, bucket] as const);
  return {
    buckets: { ...before, ...Object.fromEntries(changed) },
    exceeded: new Set(taken.filter(({ isTaken }) => !isTaken).map(({ at }) => at)),
  };
}

/** Whether a request only asks. */
export function isRead({ operation, method, plane }: RequestFacts): boolean {
  return plane === "api" ? isReadOperation(operation ?? "") : isReadMethod(method);
}

export function isReadOperation(name: string): boolean {
  return /^(?:BatchCheck|BatchGet|Describe|Get|List)/.test(name);
}

export function isReadMethod(method: string): boolean {
  return method === "GET" || method === "HEAD";
}

/** A number from 0 up to 1, the same for the same question (an avalanche of 32 bits, after MurmurHash3). */
function chance(seed: number, rule: number, count: number): number {
  let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
  for (const part of [rule + 1, count]) {
    mixed = Math.imul(mixed ^ part, 0xc2b2ae35);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
    mixed ^= mixed >>> 13;
  }
  return (mixed >>> 0) / 2 ** 32;
}
