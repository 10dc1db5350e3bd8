/** `all` plays every case; a number draws so many of each scenario. */
const wanted = process.env.SLIPWAY_TEST_CASES;

/** The same every time, so that a run that failed fails again; `all` leaves none out. */
export const seed = Number(process.env.SLIPWAY_TEST_SEED ?? 1);

/** The cases to play: `usually` so many, the same for the same seed (mulberry32), in the order that they had. */
export function drawn<T>(all: readonly T[], usually: number): T[] {
  if (wanted === "all") return [...all];
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
    .slice(0, wanted === undefined ? usually : Number(wanted))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}
