import type { Screen } from "../../../src/cli/publishing/progress.ts";

/** A screen that notes what is written and what would be live, at a time of one's own. */
export function notedScreen() {
  const written: string[] = [];
  const all: ((room: number) => readonly string[])[] = [];
  const clock = { now: 0 };
  const screen: Screen = {
    write: (line) => void written.push(line),
    live: (lines) => void all.push(lines),
  };
  const live = (room = 80) => all.flatMap((lines) => lines(room));
  return { screen, written, clock, live };
}
