/** A bucket of tokens, as ECR's quotas are: a request takes one, and each second brings `perSecond` more. */
export interface Rate {
  readonly perSecond: number;
  /** What the bucket holds, and has at the start; by default what a second brings. */
  readonly burst?: number;
}

/** What is left of a rate, at a time in milliseconds. */
export interface Bucket {
  readonly tokens: number;
  readonly at: number;
}

/** Takes a token at the time `at`, where there is one. What is refused takes nothing. */
export function take(
  { perSecond, burst = Math.max(1, perSecond) }: Rate,
  { tokens, at: since }: Bucket = { tokens: burst, at: 0 },
  at: number,
): { readonly isTaken: boolean; readonly bucket: Bucket } {
  const passed = Math.max(0, at - since) / 1000;
  const filled = Math.min(burst, tokens + passed * perSecond);
  const isTaken = filled >= 1;
  return { isTaken, bucket: { tokens: isTaken ? filled - 1 : filled, at } };
}
