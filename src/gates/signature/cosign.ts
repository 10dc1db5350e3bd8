import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { isolateConfig } from "../../docker/isolated-config.ts";
import { isFailure } from "../../errors.ts";
import type { GateTarget } from "../../release/gate.ts";
import type { Problem } from "../../release/problem.ts";
import { run } from "../../run.ts";
import type { GatePlace } from "../judge.ts";
import { cosignMissing } from "./findings.ts";

/** Keyless signing asks three services on the internet; a browser that nobody opens is waited for no longer. */
const patienceMs = 3 * 60_000;

/**
 * The arguments of `cosign` that sign one digest as an OCI 1.1 referrer, which no immutable tag can stand in the way of:
 * the older way is a tag `sha256-….sig`. The user's own arguments come later and so win. Cosign 2 takes the mode only
 * with COSIGN_EXPERIMENTAL=1; cosign 3 writes referrers anyway.
 */
function signArguments(own: readonly string[], { uri, digest }: GateTarget): string[] {
  return ["sign", "--yes", "--registry-referrers-mode=oci-1-1", ...own, `${uri}@${digest}`];
}

/** Why cosign could not be asked for its version; `undefined` when it is there. */
export async function cosignProblem({ env, signal }: GatePlace): Promise<string | undefined> {
  try {
    const { exitCode } = await run("cosign", ["version"], { env, signal, timeout: 30_000 });
    return exitCode === 0 ? undefined : `'cosign version' ended with ${exitCode ?? "a signal"}`;
  } catch (error) {
    return sentenceOf(error);
  }
}

/** What keeps cosign from signing, known before there is anything to sign: that it is not there, or its key. */
export async function cosignProblems(
  own: readonly string[],
  place: GatePlace,
): Promise<readonly Problem[]> {
  const why = await cosignProblem(place);
  const lack = why === undefined ? undefined : cosignMissing(why);
  return [
    ...(lack
      ? [{ code: "GATE_TOOL_MISSING" as const, message: lack.message, remedy: lack.repair }]
      : []),
    ...keyProblems(own, place),
  ];
}

/** `--key FILE`; what has a scheme is a key elsewhere: `awskms:///alias/a`, `pkcs11:token=a`, `env://NAME`. */
function keyProblems(own: readonly string[], { projectDir }: GatePlace): Problem[] {
  const key = own.flatMap((word, at) => {
    if (word === "--key") return own[at + 1] ?? [];
    return word.startsWith("--key=") ? word.slice("--key=".length) : [];
  });
  return key
    .filter((one) => !/^[a-z0-9]{2,}:/i.test(one) && !existsSync(resolve(projectDir, one)))
    .map((one) => ({
      code: "GATE_INPUT_MISSING",
      message: `gates.signature.cosign names the key '${one}', which does not exist`,
      remedy:
        "set the path after --key, relative to slipway.yaml, or name a key of a KMS: awskms:///alias/NAME",
    }));
}

/**
 * Signs what one target holds. The registry's password is in a docker configuration of that process alone, never among
 * its arguments. Answers with what cosign said when it failed. Throws INTERRUPTED.
 */
export async function sign(
  own: readonly string[],
  target: GateTarget,
  { env, signal, ecr, projectDir }: GatePlace,
): Promise<string | undefined> {
  const { username, password } = await ecr(target.request).token();
  const [host = ""] = target.uri.split("/");
  await using config = await isolateConfig([{ host, username, password }], env);
  const { DOCKER_CONFIG } = config.env;
  try {
    const { exitCode, errorTail } = await run("cosign", signArguments(own, target), {
      cwd: projectDir,
      env: { ...env, DOCKER_CONFIG, DOCKER_AUTH_CONFIG: undefined, COSIGN_EXPERIMENTAL: "1" },
      signal,
      timeout: patienceMs,
    });
    if (exitCode === 0) return undefined;
    const said = errorTail.filter((line) => line.trim() !== "").slice(-3);
    return said.join(" ").replaceAll(password, "•••") || `it ended with ${exitCode ?? "a signal"}`;
  } catch (error) {
    return sentenceOf(error);
  }
}

function sentenceOf(error: unknown): string {
  if (isFailure(error)) return error.message;
  throw error;
}
