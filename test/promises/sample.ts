/** `all` plays every case; a number draws so many of each scenario. */
const wanted = process.env.SLIPWAY_TEST_CASES;

/** The same every time, so that a run that failed fails again; `all` leaves none out. */
export const seed = Number(process.env.SLIPWAY_TEST_SEED ?? 1);

/** How many cases of a scenario to play: `usually` so many. */
export function amount(usually: number): number {
  if (wanted === "all") return Number.POSITIVE_INFINITY;
  return wanted === undefined ? usually : Number(wanted);
}

/** So many of these, the same for the same seed (mulberry32), in the order that they had. */
export function drawn<T>(all: readonly T[], count: number): T[] {
  let state = seed;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return all
    .map((one, at) => ({ one, at, luck: random() }))
    .sort((a, b) => a.luck - b.luck)
    .slice(0, count)
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}
