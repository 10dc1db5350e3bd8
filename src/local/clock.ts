import { readFileSync } from "node:fs";
import { join } from "node:path";
import { replaceFile } from "./directory.ts";

/** A clock that can be moved ahead, and only ahead. Milliseconds. */
export interface Clock {
  readonly now: () => number;
  /** How far it is ahead of the clock that it started from. */
  readonly ahead: () => number;
  readonly advance: (milliseconds: number) => void;
}

interface SavedClock {
  readonly format: 1;
  readonly ahead: number;
}

/** How far it was moved is kept with the data: what was pushed then must not be of the future later. */
export function openClock(directory: string, time: () => number): Clock {
  const file = join(directory, "clock.json");
  let ahead = savedAhead(file);
  return {
    now: () => time() + ahead,
    ahead: () => ahead,
    advance(milliseconds) {
      ahead += milliseconds;
      const saved: SavedClock = { format: 1, ahead };
      replaceFile(file, JSON.stringify(saved));
    },
  };
}

function savedAhead(file: string): number {
  try {
    const { ahead } = JSON.parse(readFileSync(file, "utf8")) as SavedClock;
    return Number.isFinite(ahead) ? ahead : 0;
  } catch {
    return 0;
  }
}

/** Milliseconds of a duration such as `30d`, `12h`, `90m` or `10s`, a `+` before it or not; `undefined` for none. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit = ""] = /^\+?(\d+(?:\.\d+)?)(d|h|m|s)$/.exec(text) ?? [];
  const seconds = { d: 86_400, h: 3600, m: 60, s: 1 }[unit];
  return seconds === undefined ? undefined : Number(number) * seconds * 1000;
}
