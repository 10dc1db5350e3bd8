/** Something that is measured: one run answers with its measure, whatever it prepares uncounted. */
export interface Contestant {
  readonly what: string;
  readonly run: () => Promise<number>;
}

/** The measures of one contestant, in the order of the rounds. */
export interface Samples {
  readonly what: string;
  readonly values: readonly number[];
}

/** Side by side, A B A B …: what disturbs the machine for a while disturbs everyone. */
export async function interleave<const Names extends readonly Contestant[]>(
  rounds: number,
  contestants: Names,
): Promise<{ [At in keyof Names]: Samples }> {
  const values = contestants.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, { run }] of contestants.entries()) values[at]?.push(await run());
  }
  const samples = contestants.map(({ what }, at) => ({ what, values: values[at] ?? [] }));
  return samples as unknown as { [At in keyof Names]: Samples };
}

/** Every contestant once, uncounted: files are read for the first time, caches filled. */
export async function warmUp(contestants: readonly Contestant[]): Promise<void> {
  for (const { run } of contestants) await run();
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
