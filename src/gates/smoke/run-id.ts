import { randomBytes } from "node:crypto";

/** The label on everything that a smoke run makes, and the repository name of the image that it loads. */
export const label = "slipway.smoke";
export const imageName = "slipway-smoke";

/** Seconds after which whoever comes by may collect what a run left. */
const life = 2 * 3600;

/** Whose run it is and until when it may live: all that a later start must know to collect what it left. */
export interface RunId {
  readonly text: string;
  /** Seconds since 1970. */
  readonly until: number;
  /** The space of process ids in which `pid` counts. */
  readonly owner: string;
  readonly pid: number;
}

export function newRunId(now: number, owner: string): RunId {
  const until = Math.floor(now / 1000) + life;
  const tail = randomBytes(4).toString("hex");
  const text = [until.toString(36), owner, process.pid.toString(36), tail].join("-");
  return { text, until, owner, pid: process.pid };
}

export function parseRunId(text: string): RunId | undefined {
  const found = /^([0-9a-z]{1,9})-([0-9a-f]{8})-([0-9a-z]{1,7})-[0-9a-f]{8}$/.exec(text);
  if (found === null) return undefined;
  const [, until = "", owner = "", pid = ""] = found;
  return { text, until: Number.parseInt(until, 36), owner, pid: Number.parseInt(pid, 36) };
}

/** Whether a run has ended without clearing up: its process is gone, or its time is over wherever it was. */
export function isLeft(
  id: RunId,
  now: number,
  owner: string,
  isRunning: (pid: number) => boolean,
): boolean {
  if (now / 1000 > id.until) return true;
  return id.owner === owner && !isRunning(id.pid);
}
