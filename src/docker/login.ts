import { SlipwayError } from "../errors.ts";
import { run } from "../run.ts";

interface LoginOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds: docker asks the registry before it keeps anything. */
const limit = 60_000;

/**
 * `docker login`, for those who want their own docker to know the registry; docker keeps the password
 * where it is configured to. Throws REGISTRY_FAILED when docker or the registry refuses.
 */
export async function dockerLogin(
  host: string,
  username: string,
  password: string,
  { env = {}, signal }: LoginOptions = {},
): Promise<void> {
  const args = ["login", "--username", username, "--password-stdin", host];
  const { exitCode, errorTail } = await run("docker", args, {
    env,
    signal,
    input: password,
    timeout: limit,
  });
  if (exitCode === 0) return;
  const said = errorTail.slice(-3).join(" ").replaceAll(password, "•••");
  throw new SlipwayError("REGISTRY_FAILED", `docker login to ${host} failed: ${said}`, {
    suggestions: ["docker context ls", "see credsStore in ~/.docker/config.json"],
  });
}
