import { SlipwayError } from "../../errors.ts";
import type { LocalStatus } from "./status.ts";

/** A server on this machine answers at once, or is not there. */
const patience = 10_000;
/**
 * Every policy runs once for each day: years of many repositories take their time, and asking again would move on twice.
 * `fetch` itself waits no longer for an answer to begin.
 */
const clockPatience = 300_000;

export interface ClockReading {
  readonly now: string;
  readonly ahead: number;
}

/** What a local ECR that serves at `endpoint` holds. Throws LOCAL_ECR_FAILED. */
export async function askStatus(endpoint: string): Promise<LocalStatus> {
  return (await ask(endpoint, "/local/status")) as LocalStatus;
}

/** Moves its clock ahead by so many milliseconds, perhaps none. Throws LOCAL_ECR_FAILED. */
export async function moveClock(endpoint: string, advanceMs: number): Promise<ClockReading> {
  const headers = { "content-type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify({ advanceMs }) };
  return (await ask(endpoint, "/local/clock", init, clockPatience)) as ClockReading;
}

async function ask(
  endpoint: string,
  path: string,
  init: RequestInit = {},
  longest = patience,
): Promise<unknown> {
  const answer = await fetch(new URL(path, endpoint), {
    ...init,
    redirect: "error",
    signal: AbortSignal.timeout(longest),
  }).catch((cause: unknown) => {
    throw failed(endpoint, cause);
  });
  const isOurs = answer.headers.get("content-type") === "application/json";
  if (answer.ok && isOurs) return await answer.json();
  const told = isOurs ? ((await answer.json()) as { message?: unknown }).message : undefined;
  if (told === undefined) throw failed(endpoint);
  throw new SlipwayError("LOCAL_ECR_FAILED", `the local ECR at '${endpoint}' refuses: ${told}`, {
    suggestions: ["slipway local status"],
  });
}

function failed(endpoint: string, cause?: unknown): SlipwayError {
  const message = `no local ECR could answer at '${endpoint}'`;
  return new SlipwayError("LOCAL_ECR_FAILED", message, {
    suggestions: ["slipway local", "name its address: --endpoint http://127.0.0.1:4510"],
    cause,
  });
}

/** The address that a flag or the environment gives. Throws USAGE. */
export function endpointFrom(given: string | undefined, found: string | undefined): string {
  const endpoint = given ?? found ?? "";
  if (URL.canParse(endpoint) && /^https?:/.test(endpoint)) return endpoint;
  const message = endpoint === "" ? "no address of a local ECR" : `'${endpoint}' is not an address`;
  throw new SlipwayError("USAGE", message, {
    suggestions: [
      "export AWS_ENDPOINT_URL_ECR as `slipway local` says",
      "name its address: --endpoint http://127.0.0.1:4510",
    ],
  });
}
