import { imagesAfter } from "./after.ts";
import { type Cadence, pushesBetween } from "./cadence.ts";
import type { Amount } from "./effect.ts";
import { evaluatePolicy } from "./evaluate.ts";
import type { LifecycleImage } from "./image.ts";
import type { LifecyclePolicy } from "./policy.ts";
import { isDeparture, type Verdict } from "./verdict.ts";

const day = 86_400_000;

export interface SimulatedDeparture {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly size: number;
  readonly fate: "expires" | "archived";
  /** Absent when it goes with its subject. */
  readonly rule?: number;
  /** Whether the image is in the repository today. */
  readonly isThereToday: boolean;
}

/** The repository at the end of a day, after the policy acted. */
export interface SimulatedDay {
  readonly day: number;
  /** ISO 8601. */
  readonly at: string;
  readonly pushed: number;
  readonly active: Amount;
  readonly archived: Amount;
  readonly departures: readonly SimulatedDeparture[];
}

/** Where the numbers go: from this day on they repeat, or they still grow (or shrink) by so much a day. */
export type Trend =
  | {
      readonly kind: "steady";
      readonly fromDay: number;
      readonly images: number;
      readonly bytes: number;
    }
  | { readonly kind: "moving"; readonly imagesPerDay: number; readonly bytesPerDay: number };

export interface Simulation {
  /** How many days of pushes are repeated, and how many images they are. */
  readonly cadence: { readonly days: number; readonly images: number };
  /** Day 0 is today. */
  readonly days: readonly SimulatedDay[];
  readonly trend: Trend;
}

/**
 * Plays a policy forward, a run a day, as ECR does it: images come as the cadence says, nothing is pulled,
 * tags of releases and builds never move.
 */
export function simulate(
  policy: LifecyclePolicy,
  images: readonly LifecycleImage[],
  cadence: Cadence,
  { now, days }: { readonly now: number; readonly days: number },
): Simulation {
  const today = new Set(images.map(({ digest }) => digest));
  let present = images;
  const played: SimulatedDay[] = [];
  let isAtRest = false;
  for (let each = 0; each <= days; each += 1) {
    const at = now + each * day;
    const span = { from: (each - 1) * day, to: each * day };
    const pushed = each === 0 ? [] : pushesBetween(cadence, now, span);
    present = pushed.length > 0 ? withPushes(present, pushed, cadence.floating) : present;
    const verdicts = evaluatePolicy(policy, present, at);
    const departures = departuresOf(present, verdicts, today);
    present = imagesAfter(present, verdicts, at);
    isAtRest = cadence.pushes.length === 0 && verdicts.every(isForEver);
    played.push({
      day: each,
      at: new Date(at).toISOString(),
      pushed: pushed.length,
      active: amount(present.filter(({ status }) => status !== "archived")),
      archived: amount(present.filter(({ status }) => status === "archived")),
      departures,
    });
  }
  const period = Math.round(cadence.period / day);
  return {
    cadence: { days: period, images: cadence.pushes.length },
    days: played,
    trend: trendOf(played, isAtRest ? 1 : period),
  };
}

/** Whether an image stays however much time passes, while nothing is pushed. */
function isForEver(verdict: Verdict): boolean {
  return verdict.fate === "kept" && verdict.until === undefined;
}

/** A floating tag leaves its image when a new one has it. */
function withPushes(
  present: readonly LifecycleImage[],
  pushed: readonly LifecycleImage[],
  floating: ReadonlySet<string>,
): readonly LifecycleImage[] {
  const newest = new Map<string, string>();
  for (const { digest, tags } of pushed.toSorted((a, b) => a.pushedAt - b.pushedAt)) {
    for (const tag of tags) if (floating.has(tag)) newest.set(tag, digest);
  }
  return [...present, ...pushed].map((image) => {
    const tags = image.tags.filter((tag) => (newest.get(tag) ?? image.digest) === image.digest);
    return tags.length === image.tags.length ? image : { ...image, tags };
  });
}

function departuresOf(
  images: readonly LifecycleImage[],
  verdicts: readonly Verdict[],
  today: ReadonlySet<string>,
): readonly SimulatedDeparture[] {
  return verdicts.flatMap((verdict, at) => {
    const image = images[at];
    if (!image || !isDeparture(verdict)) return [];
    const { digest, tags, size } = image;
    const { fate } = verdict;
    const rule = verdict.because === "rule" ? { rule: verdict.rule } : {};
    return [{ digest, tags, size, fate, ...rule, isThereToday: today.has(digest) }];
  });
}

function amount(images: readonly LifecycleImage[]): Amount {
  return { images: images.length, bytes: images.reduce((sum, { size }) => sum + size, 0) };
}

/**
 * Steady when the days repeat, from one to the next, from week to week, or from one period of pushes to
 * the next, for as long as a period: then since the first such day.
 */
function trendOf(days: readonly SimulatedDay[], period: number): Trend {
  for (const rhythm of [1, 7, period]) {
    const lastPair = days.length - 1 - rhythm;
    let from = lastPair + 1;
    while (from > 0 && isRepeated(days, from - 1, rhythm)) from -= 1;
    if (lastPair - from + 1 < period) continue;
    return { kind: "steady", fromDay: from, ...average(days.slice(from, from + rhythm)) };
  }
  const span = Math.min(period, days.length - 1);
  const [before, after] = [days.at(-1 - span), days.at(-1)];
  const growth = (of: (amounts: SimulatedDay) => number) =>
    before && after && span > 0 ? (of(after) - of(before)) / span : 0;
  return {
    kind: "moving",
    imagesPerDay: growth(({ active, archived }) => active.images + archived.images),
    bytesPerDay: growth(({ active, archived }) => active.bytes + archived.bytes),
  };
}

function isRepeated(days: readonly SimulatedDay[], at: number, rhythm: number): boolean {
  const [a, b] = [days[at], days[at + rhythm]];
  if (!a || !b) return false;
  const same = (x: Amount, y: Amount) => x.images === y.images && x.bytes === y.bytes;
  return same(a.active, b.active) && same(a.archived, b.archived);
}

function average(days: readonly SimulatedDay[]): Amount {
  const sum = (of: (amounts: Amount) => number) =>
    days.reduce((all, { active, archived }) => all + of(active) + of(archived), 0);
  return {
    images: Math.round(sum(({ images }) => images) / days.length),
    bytes: Math.round(sum(({ bytes }) => bytes) / days.length),
  };
}
