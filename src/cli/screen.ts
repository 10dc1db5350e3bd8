import { type OpenScreen, plainScreen } from "./plain-screen.ts";

/** Live below the lines on a terminal that can move its cursor, lines alone elsewhere, nothing when quiet. */
export async function openScreen({
  quiet,
  env,
}: {
  readonly quiet: boolean;
  readonly env: NodeJS.ProcessEnv;
}): Promise<OpenScreen> {
  if (quiet) return { ...plainScreen, write() {} };
  if (!process.stderr.isTTY || !canMove(env)) return plainScreen;
  return (await import("./live-screen.ts")).openLiveScreen();
}

/** A CI job may be given a terminal, and its log keeps every frame. */
export function canMove({ TERM, CI = "" }: NodeJS.ProcessEnv): boolean {
  return TERM !== "dumb" && ["", "0", "false"].includes(CI.toLowerCase());
}
