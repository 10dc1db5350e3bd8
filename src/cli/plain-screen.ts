import type { Screen } from "./progress.ts";
import { textFor } from "./style.ts";

/** stderr as a screen. */
export interface OpenScreen extends Screen, Disposable {
  /** Columns of the terminal; no limit on a pipe. */
  readonly width: number | undefined;
  /** Whether what is live is shown at all. */
  readonly isLive: boolean;
}

/** Lines alone. */
export const plainScreen: OpenScreen = {
  get width() {
    return process.stderr.columns || undefined;
  },
  isLive: false,
  write: (line) => void process.stderr.write(`${textFor(process.stderr, line)}\n`),
  live() {},
  [Symbol.dispose]() {},
};
