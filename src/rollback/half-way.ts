import { joined, SlipwayError } from "../errors.ts";
import { placeName } from "./facts.ts";
import type { RollbackPlan } from "./plan.ts";
import type { RolledBackTarget } from "./receipt.ts";

/** The words of a rollback, with where the plan goes said where they do not say it. */
export function finishing({ targets }: RollbackPlan, words: readonly string[]): string[] {
  const [to] = targets.flatMap((target) => target.to ?? []);
  const isSaid = words.some((word) => word === "--to" || word.startsWith("--to="));
  return [...words, ...(isSaid || to === undefined ? [] : ["--to", placeName(to)])];
}

/** How it ended at one target. */
export interface Ended {
  readonly id: string;
  readonly result: PromiseSettledResult<RolledBackTarget>;
}

/** Where the tag is now at every target, and what does the rest; an error that is a bug of ours as it is. */
export function stoppedHalfWay(
  { tag }: RollbackPlan,
  ended: readonly Ended[],
  finish: string,
): unknown {
  const errors = ended.flatMap(({ result }): unknown[] =>
    result.status === "rejected" ? [result.reason] : [],
  );
  const bug = errors.find((error) => !(error instanceof SlipwayError));
  if (bug !== undefined) return bug;
  const lines = ended.map(({ id, result }) =>
    result.status === "fulfilled" ? doneLine(result.value) : failedLine(id, result.reason),
  );
  const done = ended.length - errors.length;
  const message =
    ended.length === 1
      ? `${lines[0]?.trim()}`
      : `the rollback of ${tag} ended well at ${done} of ${ended.length} targets\n${lines.join("\n")}`;
  return joined(errors as SlipwayError[], message, [
    `do what is left, and nothing else: ${finish}`,
  ]);
}

function doneLine({ id, to, state }: RolledBackTarget): string {
  return `  ${id}: ${state === "moved" ? "moved to" : "was already at"} ${to && placeName(to)}`;
}

function failedLine(id: string, { message }: SlipwayError): string {
  return `  ${message.startsWith(`${id}:`) ? message : `${id}: ${message}`}`;
}
