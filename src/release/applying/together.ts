import { SlipwayError } from "../../errors.ts";
import type { World } from "../world.ts";

/**
 * One phase for all images, targets, steps or tags, side by side; answers with what it gave for each. Throws the first
 * error, but only after all have ended, so that nothing is still being written by then. A bug of ours is thrown before
 * what the outside answered.
 */
export async function together<One, Value>(
  all: readonly One[],
  phase: (one: One) => Promise<Value>,
): Promise<(one: One) => Value> {
  const settled = await Promise.allSettled(all.map(phase));
  const errors = settled.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  if (errors.length > 0) throw errors.find((one) => !(one instanceof SlipwayError)) ?? errors[0];
  const values = settled.map((one) => (one as PromiseFulfilledResult<Value>).value);
  const found = new Map(all.map((one, at) => [one, values[at] as Value]));
  return (one) => found.get(one) as Value;
}

/** The world of one image of several: what is reported there says of which. */
export function named({ image }: { readonly image: string }, world: World): World {
  return { ...world, report: (event) => world.report({ image, ...event }) };
}
