import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { Refusal } from "../say.ts";
import type { Place } from "./shell.ts";

export interface LocalEcr {
  readonly endpoint: string;
  /** Leads AWS SDKs to it. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const patience = 20_000;

/** Starts `slipway local` and waits for the line that says where it is. */
export async function startLocalEcr(slipway: readonly string[], place: Place): Promise<LocalEcr> {
  const [program = "", ...args] = [...slipway, "local", "--json"];
  const { cwd, env } = place;
  // In a session of its own: Ctrl-C must first end what uses it.
  const child = spawn(program, args, {
    cwd,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = once(child, "close");
  const stderr: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => stderr.push(chunk));
  const stop = async () => {
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await closed;
    clearTimeout(late);
  };
  try {
    const lines = createInterface({ input: child.stdout });
    const [line] = await once(lines, "line", {
      signal: AbortSignal.any([place.signal, AbortSignal.timeout(patience)]),
    });
    const { endpoint, env: variables } = JSON.parse(String(line));
    return { endpoint, env: variables, stop };
  } catch (cause) {
    await stop();
    place.signal.throwIfAborted();
    throw new Refusal(`the local ECR did not start: ${stderr.join("").trim() || String(cause)}`);
  }
}
