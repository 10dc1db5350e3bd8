import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { LocalEcr } from "../../src/local/server.ts";
import { ecrClient, login } from "./registry.ts";

const execute = promisify(execFile);

/** Whether a program is on PATH. */
export function has(program: string): boolean {
  const places = (process.env.PATH ?? "").split(delimiter);
  return places.some((place) => existsSync(join(place, program)));
}

/** Someone who has logged in to the caller's registry, with a directory to work in. */
export interface Shell {
  /** `host:port` of the registry. */
  readonly host: string;
  readonly directory: string;
  /** What the program says on stdout; rejects when it fails. */
  run(program: string, ...args: string[]): Promise<string>;
  close(): Promise<void>;
}

export async function openShell(ecr: LocalEcr): Promise<Shell> {
  const { authorization } = await login(ecrClient(ecr));
  const { host } = new URL(ecr.registry);
  const directory = await mkdtemp(join(tmpdir(), "local-ecr-clients-"));
  const auth = authorization.replace("Basic ", "");
  await writeFile(join(directory, "config.json"), JSON.stringify({ auths: { [host]: { auth } } }));
  const env = {
    ...process.env,
    HOME: directory,
    DOCKER_CONFIG: directory,
    COSIGN_PASSWORD: "",
    ...(ecr.caFile !== undefined && { SSL_CERT_FILE: ecr.caFile }),
  };
  return {
    host,
    directory,
    async run(program, ...args) {
      const { stdout } = await execute(program, args, { env, cwd: directory, timeout: 15_000 });
      return stdout.trim();
    },
    close: () => rm(directory, { recursive: true, force: true }),
  };
}
