import { createLogUpdate } from "log-update";
import { type OpenScreen, plainScreen } from "./plain-screen.ts";

const framesApartMs = 80;
/** tmux tells of the first step when a window is dragged, and of the others a quarter of a second later. */
const settledAfterMs = 500;
const most = 12;
/** Erases the line that the cursor is in, and goes to the one above. */
const eraseUp = "\u001b[2K\u001b[1A";

/** A terminal with live lines below those that stay. Loaded where there is one: what measures text takes a while to load. */
export function openLiveScreen(): OpenScreen {
  const show = openBlock();
  const all: ((room: number) => readonly string[])[] = [];
  let hiddenUntil = 0;
  const draw = () => {
    if (Date.now() < hiddenUntil) return;
    const room = columns() - 1;
    const last = all.flatMap((lines) => lines(room)).slice(-most);
    show(last.map((line) => line.slice(0, room)));
  };
  // Lines that are drawn for another width than there is could not be found again.
  const hide = () => {
    show([]);
    hiddenUntil = Date.now() + settledAfterMs;
  };
  process.stderr.on("resize", hide);
  const frames = setInterval(draw, framesApartMs);
  frames.unref();
  return {
    get width() {
      return columns();
    },
    isLive: true,
    write(line) {
      show([]);
      plainScreen.write(line);
      draw();
    },
    live(lines) {
      all.push(lines);
    },
    clear: () => show([]),
    [Symbol.dispose]() {
      clearInterval(frames);
      process.stderr.off("resize", hide);
      all.length = 0;
      show([]);
    },
  };
}

/** Lines above the cursor that are drawn in place of those before. */
function openBlock(): (lines: readonly string[]) => void {
  const update = createLogUpdate(process.stderr, { showCursor: true });
  let drawn: readonly string[] = [];
  return (lines) => {
    // What is erased is counted in lines as they were drawn.
    const more = wrappedRows(drawn, columns());
    if (more > 0) process.stderr.write(eraseUp.repeat(more));
    if (lines.length > 0) update(lines.join("\n"));
    else update.clear();
    drawn = lines;
  };
}

function columns(): number {
  return process.stderr.columns || 80;
}

/** How many rows more than they are lines these take in a terminal that became narrower and wrapped them. */
export function wrappedRows(lines: readonly string[], width: number): number {
  return lines.reduce((sum, { length }) => sum + Math.max(0, Math.ceil(length / width) - 1), 0);
}
