import type { Screen } from "../publishing/progress.ts";
import { textFor } from "./style.ts";

/** stderr as a screen. */
export interface OpenScreen extends Screen, Disposable {
  /** Columns of the terminal; no limit on a pipe. */
  readonly width: number | undefined;
  /** Whether what is live is shown at all. */
  readonly isLive: boolean;
  /** Takes away what is live, until its next frame: who else writes to the terminal does so below nothing. */
  clear(): void;
}

/** Lines alone. */
export const plainScreen: OpenScreen = {
  get width() {
    return process.stderr.columns || undefined;
  },
  isLive: false,
  write: (line) => void process.stderr.write(`${textFor(process.stderr, line)}\n`),
  live() {},
  clear() {},
  [Symbol.dispose]() {},
};
