import { SlipwayError } from "../errors.ts";
import { type RunOptions, type RunResult, run, runOrThrow } from "../run.ts";
import { namingEngine } from "./silent-engine.ts";

/** How to reach the engine: laid over the process's own environment, with what may stop the question. */
export type Asking = Pick<RunOptions, "env" | "signal" | "timeout">;

/** Milliseconds for a question that an engine answers at once, where no other limit is given. */
const limit = 30_000;
/** Milliseconds for taking in an image, or for pulling one. */
const transferLimit = 30 * 60_000;

export interface EngineFacts {
  /** What the engine runs without emulation: `linux/amd64`. */
  readonly platform: string;
  /** Where ports that it publishes are; `undefined` where no connection of ours reaches them (ssh). */
  readonly publishes: { readonly host: string; readonly bind: string } | undefined;
}

/** Asks one thing of docker; a failing exit code is an answer. Throws as `run`, within half a minute. */
export function ask(args: readonly string[], asking: Asking): Promise<RunResult> {
  return run("docker", args, { timeout: limit, ...asking });
}

/** As `ask`, and throws PROCESS_FAILED with what docker said when it refused. */
export async function tell(args: readonly string[], asking: Asking): Promise<string> {
  const { stdout } = await runOrThrow("docker", args, { timeout: limit, ...asking });
  return stdout.trim();
}

/** What engine answers. Throws TOOL_MISSING without docker, PROCESS_FAILED when the engine does not answer. */
export async function observeEngine(asking: Asking): Promise<EngineFacts> {
  const [version, context] = await Promise.all([
    namingEngine(tell(["version", "--format", "{{.Server.Os}}/{{.Server.Arch}}"], asking), asking),
    ask(["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"], asking),
  ]);
  return { platform: version, publishes: publishedBy(context.stdout.trim()) };
}

/**
 * Where an engine behind this address publishes ports: on our own loopback, or on the other machine's network when
 * it is reached by TCP (docker in docker of a CI job).
 */
export function publishedBy(address: string): EngineFacts["publishes"] {
  const loopback = { host: "127.0.0.1", bind: "127.0.0.1" };
  if (address.startsWith("ssh:")) return undefined;
  if (!/^(?:tcp|https?):/.test(address)) return loopback;
  const { hostname } = new URL(address.replace(/^tcp:/, "http:"));
  const isOwn = ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
  return isOwn ? loopback : { host: hostname.replace(/^\[|\]$/g, ""), bind: "0.0.0.0" };
}

/**
 * Gives the engine an image as `docker load` reads it, and answers with the id under which it is known. Throws
 * what kept the archive from coming whole, or PROCESS_FAILED when the engine refused it.
 */
export async function loadImage(
  archive: AsyncIterable<Uint8Array>,
  name: string,
  asking: Asking,
): Promise<string> {
  const options = { ...asking, input: archive, timeout: transferLimit };
  await runOrThrow("docker", ["load", "--quiet"], options);
  return await tell(["image", "inspect", "--format", "{{.Id}}", name], asking);
}

/** Pulls an image unless the engine has it. Throws PROCESS_FAILED with what docker said. */
export async function obtainImage(image: string, asking: Asking): Promise<void> {
  const { exitCode } = await ask(["image", "inspect", "--format", "{{.Id}}", "--", image], asking);
  if (exitCode === 0) return;
  const pulling = ["pull", "--quiet", "--", image];
  const { errorTail, exitCode: pulled } = await run("docker", pulling, {
    ...asking,
    timeout: transferLimit,
  });
  if (pulled === 0) return;
  throw new SlipwayError(
    "PROCESS_FAILED",
    `the image '${image}' is not here and cannot be pulled: ${errorTail.at(-1) ?? ""}`,
    { suggestions: [`docker pull ${image}`, "docker login"] },
  );
}
