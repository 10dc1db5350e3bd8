import type { Screen } from "./progress.ts";

/** stderr as a screen: live below the lines on a terminal, lines alone elsewhere, nothing when quiet. */
export async function openScreen({
  quiet,
  ci,
}: {
  readonly quiet: boolean;
  readonly ci: boolean;
}): Promise<Screen & Disposable> {
  if (quiet) return { write() {}, live() {}, [Symbol.dispose]() {} };
  if (process.stderr.isTTY && !ci) return (await import("./live-screen.ts")).openLiveScreen();
  return {
    write: (line) => void process.stderr.write(`${line}\n`),
    live() {},
    [Symbol.dispose]() {},
  };
}
