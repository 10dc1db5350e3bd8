import type { OpenScreen } from "../terminal/plain-screen.ts";
import { formatDuration } from "../terminal/units.ts";

const notWorthALine = 20;

/** Counts and the time left, on stderr: live on a terminal, in steps of a tenth elsewhere. Called with done and total. */
export function countPlaces(
  what: string,
  screen: OpenScreen,
): (done: number, total: number) => void {
  const start = Date.now();
  let line = "";
  let tenth = 0;
  screen.live(() => (line === "" ? [] : [line]));
  return (done, total) => {
    const left = ((Date.now() - start) / done) * (total - done);
    const rest = done < total ? `, about ${formatDuration(left)} left` : "";
    const text = `${what}: ${done} of ${total} repositories${rest}`;
    line = done < total ? text : "";
    const now = Math.floor((10 * done) / total);
    if (total < notWorthALine || now === tenth || screen.isLive) return;
    tenth = now;
    screen.write(text);
  };
}
