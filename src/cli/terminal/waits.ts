import type { WaitEvent } from "../../release/event.ts";
import type { Screen } from "../publishing/progress.ts";
import { foreign } from "./printable.ts";
import { formatDuration } from "./units.ts";

const noticedAfterMs = 1000;
const longWaitMs = 5000;

/** Tells of what holds us up: a line why something is asked again, and live how long a region has been silent. */
export function showWaits(
  screen: Screen,
  now: () => number = Date.now,
): (event: WaitEvent) => void {
  const isNews = rememberWaits();
  const silence = watchSilence(now);
  screen.live(() => silence.lines());
  return (event) => {
    if (event.type !== "waiting") return silence[event.type](event);
    const { target, why, ms, image } = event;
    const where = image === undefined ? target : `${image}  ${target}`;
    if (!isNews(`${where} ${why}`, ms)) return;
    screen.write(foreign(`  ${where}  again in ${formatDuration(ms)}: ${why}`));
  };
}

/** A dozen blobs meet the same trouble at once: a wait is told again when it has doubled, or is long. */
function rememberWaits(): (what: string, ms: number) => boolean {
  const told = new Map<string, number>();
  return (what, ms) => {
    const last = told.get(what);
    if (last !== undefined && ms < 2 * last && ms < longWaitMs) return false;
    told.set(what, ms);
    return true;
  };
}

/** How long a region has been silent while questions to it are open, as lines for a screen. */
function watchSilence(now: () => number) {
  const open = new Map<string, { readonly questions: number; readonly since: number }>();
  return {
    asked({ target }: { readonly target: string }): void {
      const { questions, since } = open.get(target) ?? { questions: 0, since: now() };
      open.set(target, { questions: questions + 1, since });
    },
    answered({ target }: { readonly target: string }): void {
      const { questions = 0 } = open.get(target) ?? {};
      if (questions > 1) open.set(target, { questions: questions - 1, since: now() });
      else open.delete(target);
    },
    lines(): string[] {
      return [...open].flatMap(([target, { since }]) => {
        const silent = now() - since;
        if (silent < noticedAfterMs) return [];
        return [`  ${target}  AWS has not answered for ${formatDuration(silent)}`];
      });
    },
  };
}
