import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** `$SLIPWAY_CACHE_DIR`, or `slipway` in the user's cache directory (XDG base directory specification). */
export function cacheDirectory(env: NodeJS.ProcessEnv): string {
  const { SLIPWAY_CACHE_DIR, XDG_CACHE_HOME } = env;
  return resolve(SLIPWAY_CACHE_DIR || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "slipway"));
}
