import type { Trouble } from "./facts.ts";

/** Ends the reading of a layer, for a reason that is told among its facts. */
export class LayerTrouble extends Error {
  readonly trouble: Trouble;

  constructor(code: Trouble["code"], what: string) {
    super(what);
    this.trouble = { code, what };
  }
}

/** What the readers of zlib and tar stumble over, in our words; `undefined` where it is none of theirs. */
export function troubleOf(error: unknown, anyEntries: boolean): Trouble | undefined {
  if (error instanceof LayerTrouble) return error.trouble;
  if (!(error instanceof Error)) return undefined;
  const { code = "" } = error as NodeJS.ErrnoException;
  if (/^(?:Z_|ZSTD_|ERR_ZLIB)/.test(code)) {
    return { code: "LAYER_BROKEN", what: `its compressed bytes are damaged (${code})` };
  }
  // tar-stream's errors have no code; whatever comes without one came from it.
  if (code !== "") return undefined;
  return anyEntries
    ? { code: "LAYER_BROKEN", what: "its tar is cut off or damaged" }
    : { code: "LAYER_NOT_TAR", what: "it is no tar" };
}
