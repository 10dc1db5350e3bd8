import { type OpenScreen, plainScreen } from "./plain-screen.ts";

/** Live below the lines on a terminal that can move its cursor, lines alone elsewhere, nothing when quiet. */
export function openScreen({
  quiet,
  env,
}: {
  readonly quiet: boolean;
  readonly env: NodeJS.ProcessEnv;
}): OpenScreen {
  if (quiet) return { ...plainScreen, write() {} };
  if (!process.stderr.isTTY || !canMove(env)) return plainScreen;
  return liveOnceNeeded();
}

const looksApartMs = 80;

/** What draws live lines is loaded with the first of them: most commands end before there is one. */
function liveOnceNeeded(): OpenScreen {
  const waiting: Parameters<OpenScreen["live"]>[0][] = [];
  let live: OpenScreen | undefined;
  let isOver = false;
  const look = setInterval(async () => {
    const room = process.stderr.columns || 80;
    if (waiting.every((lines) => lines(room).length === 0)) return;
    clearInterval(look);
    const { openLiveScreen } = await import("./live-screen.ts");
    if (isOver) return;
    live = openLiveScreen();
    for (const lines of waiting) live.live(lines);
  }, looksApartMs);
  look.unref();
  return {
    get width() {
      return plainScreen.width;
    },
    isLive: true,
    write: (line) => (live ?? plainScreen).write(line),
    live(lines) {
      waiting.push(lines);
      live?.live(lines);
    },
    clear: () => live?.clear(),
    [Symbol.dispose]() {
      isOver = true;
      clearInterval(look);
      live?.[Symbol.dispose]();
    },
  };
}

/** A CI job may be given a terminal, and its log keeps every frame. */
export function canMove({ TERM, CI = "" }: NodeJS.ProcessEnv): boolean {
  return TERM !== "dumb" && ["", "0", "false"].includes(CI.toLowerCase());
}
