import { OutOfTime, type RunOptions, run } from "../run.ts";

/** Milliseconds for what the client knows without its engine. */
const limit = 5_000;

/**
 * Adds where docker looked for an engine that does not answer in time: an address that takes connections and says
 * nothing is otherwise hard to tell from a slow machine.
 */
export async function namingEngine<T>(
  asked: Promise<T>,
  asking: Pick<RunOptions, "env" | "signal">,
): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof OutOfTime)) throw error;
    const address = await engineAddress(asking);
    if (address === undefined) throw error;
    throw new OutOfTime(error.code, `${error.message}: it waited for ${address}`, {
      suggestions: [
        `docker --host ${address} version`,
        "DOCKER_HOST, or else the context, says which engine is asked: docker context ls",
      ],
      cause: error,
    });
  }
}

/** That of DOCKER_HOST or of the context, as the client itself tells. */
async function engineAddress({
  env = {},
  signal,
}: Pick<RunOptions, "env" | "signal">): Promise<string | undefined> {
  const question = ["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"];
  try {
    const { stdout } = await run("docker", question, { env, signal, timeout: limit });
    return stdout.trim() || undefined;
  } catch (error) {
    if (error instanceof OutOfTime) return undefined;
    throw error;
  }
}
