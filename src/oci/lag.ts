import { pause } from "./pause.ts";

/** What a registry took it may show a moment later (docker/actions-toolkit asks 15 times): asked again after these, in ms. */
const lagMs = [100, 300, 1000, 3000];

/**
 * Asks again while `lags` says that the answer may be an outdated one, for four and a half seconds at most; then the
 * last answer counts. Throws INTERRUPTED.
 */
export async function askWhileLagging<T>(
  ask: () => Promise<T>,
  lags: (answer: T) => boolean,
  signal: AbortSignal | undefined,
  onWait: (ms: number) => void = () => {},
): Promise<T> {
  let answer = await ask();
  for (const ms of lagMs) {
    if (!lags(answer)) break;
    onWait(ms);
    await pause(ms, signal);
    answer = await ask();
  }
  return answer;
}
