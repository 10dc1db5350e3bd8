import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { useEngine } from "../test/support/engine.ts";
import { type ProcessPlace, run } from "./process.ts";

/** A docker to build with, that knows none of the user's logins and keeps none of ours. */
export interface Docker {
  /** Laid over a process's environment. */
  readonly env: NodeJS.ProcessEnv;
  readonly contexts: Readonly<Record<string, string>>;
}

/** Finds or brings up an engine; its configuration is a copy in `folder`, with builders and plugins, without logins. */
export async function useDocker(folder: string, signal: AbortSignal): Promise<Docker> {
  const { contexts } = await useEngine();
  const place: ProcessPlace = { cwd: folder, env: process.env, signal };
  const format = "{{.Endpoints.docker.Host}}";
  const { stdout: host } = await run(["docker", "context", "inspect", "--format", format], place);
  const own = process.env.DOCKER_CONFIG || join(homedir(), ".docker");
  const config = join(folder, "docker");
  mkdirSync(config, { recursive: true });
  const plugins = join(own, "cli-plugins");
  if (existsSync(plugins)) symlinkSync(plugins, join(config, "cli-plugins"));
  if (existsSync(join(own, "buildx"))) {
    cpSync(join(own, "buildx"), join(config, "buildx"), { recursive: true });
  }
  writeFileSync(join(config, "config.json"), JSON.stringify(withoutLogins(own)));
  return { env: { DOCKER_HOST: host.trim(), DOCKER_CONFIG: config }, contexts };
}

function withoutLogins(folder: string): object {
  try {
    const file = readFileSync(join(folder, "config.json"), "utf8");
    const { auths, credsStore, credHelpers, currentContext, ...others } = JSON.parse(file);
    return others;
  } catch {
    return {}; // a user who never configured docker
  }
}
