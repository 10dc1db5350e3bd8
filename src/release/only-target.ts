import { isFailure, joined, SlipwayError } from "../errors.ts";
import type { LeftOutTarget, Observed, TargetFacts } from "./observed.ts";

/** What came of looking at one target. */
export interface Attempt extends LeftOutTarget {
  readonly error?: unknown;
}

/** Stands where nobody could say whose registry a target is. */
export const unknownAccount = "unknown";

/**
 * The targets to finish now, and those that `--only-target` leaves out: these may be down, and are known as far
 * as they answer. Throws USAGE for an id that is none of the targets, and what a chosen target answered.
 */
export function chooseTargets(
  seen: readonly Attempt[],
  onlyTargets: readonly string[],
): Pick<Observed, "targets" | "leftOut"> {
  const sorted = seen.toSorted((a, b) => (a.facts.id < b.facts.id ? -1 : 1));
  verifyKnown(sorted, onlyTargets);
  const isChosen = ({ facts: { id } }: Attempt) => onlyTargets.includes(id);
  for (const one of sorted.filter(isChosen)) if (one.unreached !== undefined) throw one.error;
  return {
    targets: sorted.filter(isChosen).map(({ facts }) => facts),
    leftOut: sorted.filter((one) => !isChosen(one)).map(leftOutOf),
  };
}

/** Whose a target is that does not say so itself: another's, where the same principal asked. */
export function named(seen: readonly Attempt[]): Attempt[] {
  const principalOf = ({ facts: { request } }: Attempt) =>
    JSON.stringify([request.account, request.role, request.profile]);
  return seen.map((one) => {
    const { facts } = one;
    if (facts.account !== unknownAccount) return one;
    const peer = seen.find(
      (other) => other.error === undefined && principalOf(other) === principalOf(one),
    );
    if (peer === undefined) return one;
    const { account } = peer.facts;
    return { ...one, facts: { ...facts, account, id: `${account}/${facts.region}` } };
  });
}

/** Targets by their ids. Throws CONFIG_INVALID where two are one. */
export function inOrder<T>(seen: readonly T[], idOf: (one: T) => string): T[] {
  const ids = seen.map(idOf).sort();
  const twice = ids.find((id, at) => id === ids[at + 1]);
  if (twice)
    throw new SlipwayError("CONFIG_INVALID", `two targets are the same registry, ${twice}`);
  return seen.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
}

function verifyKnown(seen: readonly Attempt[], onlyTargets: readonly string[]): void {
  const ids = seen.map(({ facts: { id } }) => id);
  const stranger = onlyTargets.find((id) => !ids.includes(id));
  if (stranger === undefined) return;
  const nameless = seen.find(({ facts }) => facts.account === unknownAccount);
  if (nameless) throw nameless.error;
  throw new SlipwayError("USAGE", `--only-target '${stranger}' is none of the targets`, {
    suggestions: ids.map((id) => `--only-target ${id}`),
  });
}

/** A target that would refuse the release tells no more than one that is down. */
export function leftOutOf({ facts, unreached = facts.refused?.message }: Attempt): LeftOutTarget {
  return { facts, ...(unreached !== undefined && { unreached }) };
}

/** What one target may have to itself, while the others answer. */
const oneTargetsOwn: readonly string[] = [
  "ACCESS_DENIED",
  "AWS_FAILED",
  "AWS_UNREACHABLE",
  "REGISTRY_FAILED",
  "REGISTRY_UNAVAILABLE",
  "VERIFY_FAILED",
];

/** The error of some targets, with the way to publish to the others first. */
export function withOthersFirst(error: unknown, well: readonly Pick<TargetFacts, "id">[]): unknown {
  return othersFirst(well).reduce(advised, error);
}

/** The error that a target caused after the first tag was written: what is tagged stays, and is right. */
export function toBeFinished(error: unknown): unknown {
  return advised(error, "run the same command again: it writes the tags that are missing");
}

/** Adds what to do where an error may be one target's own. */
function advised(error: unknown, advice: string): unknown {
  if (!(error instanceof SlipwayError) || !isOneTargets(error)) return error;
  return error.reworded(error.message, [...error.suggestions, advice]);
}

/** The way to publish to those targets that answer. */
export function othersFirst(answered: readonly Pick<TargetFacts, "id">[]): string[] {
  if (answered.length === 0) return [];
  const flags = answered.map(({ id }) => `--only-target ${id}`).sort();
  return [`${flags.join(" ")} publishes there without waiting for the others`];
}

/** What to do first at those targets that answer. */
export type Advice<T = Pick<TargetFacts, "id" | "region">> = (
  answered: readonly T[],
) => readonly string[];

/**
 * What all targets answered. Throws one error for all that did not, with what `advice` says of those that did, where
 * each failed for a reason that may be its own.
 */
export function allAnswered<T>(
  settled: readonly PromiseSettledResult<T>[],
  advice: Advice<T> = () => [],
): T[] {
  const failures = settled.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  const answered = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const [first] = failures;
  if (failures.length === 0) return answered;
  const errors = failures.filter((one) => one instanceof SlipwayError);
  const stopped = errors.find(({ code }) => code === "INTERRUPTED");
  const isOwn = errors.length === failures.length && errors.every(isOneTargets);
  if (stopped ?? !isOwn) throw stopped ?? failures.find((one) => !errors.includes(one)) ?? first;
  const said = errors.map(({ message }) => message);
  const message =
    said.length === 1
      ? said.join()
      : `${said.length} of ${settled.length} targets do not answer\n${said.map((one) => `  ${one}`).join("\n")}`;
  throw joined(errors, message, advice(answered));
}

/** Whether there is an answer, and every target that has none keeps it for a reason that may be its own. */
export function isPartlyAnswered(settled: readonly PromiseSettledResult<unknown>[]): boolean {
  const failures = settled.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  const isOwn = (error: unknown) => error instanceof SlipwayError && isOneTargets(error);
  return failures.length < settled.length && failures.every(isOwn);
}

function isOneTargets({ code }: SlipwayError): boolean {
  return oneTargetsOwn.includes(code);
}

/** What keeps a target from answering. Throws what is a bug of ours, and INTERRUPTED. */
export function whyUnreached(error: unknown): string {
  if (isFailure(error)) return error.message;
  throw error;
}
