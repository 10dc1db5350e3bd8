import { join } from "node:path";
import { root } from "../scripts/place.ts";
import type { Report } from "./report.ts";

/** What every benchmark is given. */
export interface Place {
  /** Its own empty folder; removed afterwards. */
  readonly folder: string;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
}

export interface Benchmark {
  readonly name: string;
  readonly title: string;
  readonly run: (place: Place) => Promise<Report>;
}

/** The built program, as it is published. */
export const slipway = [process.execPath, join(root, "dist", "bin", "slipway.js")] as const;

/** Arguments of node that load a file of this folder before the program: required, which takes it five milliseconds less than imported. */
export function preloaded(file: string): readonly string[] {
  return ["--require", join(import.meta.dirname, file)];
}

export const MB = 1_000_000;
