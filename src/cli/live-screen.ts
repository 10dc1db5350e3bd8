import { createLogUpdate } from "log-update";
import type { Screen } from "./progress.ts";

const framesApartMs = 80;
const most = 12;

/** A terminal with live lines below those that stay. Loaded where there is one: what measures text takes a while to load. */
export function openLiveScreen(): Screen & Disposable {
  const update = createLogUpdate(process.stderr, { showCursor: true });
  let lines: () => readonly string[] = () => [];
  const draw = () => {
    const width = process.stderr.columns || 80;
    const shown = lines()
      .slice(-most)
      .map((line) => line.slice(0, width - 1));
    if (shown.length > 0) update(shown.join("\n"));
    else update.clear();
  };
  const frames = setInterval(draw, framesApartMs);
  frames.unref();
  return {
    write(line) {
      update.clear();
      process.stderr.write(`${line}\n`);
      draw();
    },
    live(next) {
      lines = next;
    },
    [Symbol.dispose]() {
      clearInterval(frames);
      update.clear();
      update.done();
    },
  };
}
