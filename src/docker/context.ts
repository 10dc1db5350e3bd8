import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { parseLayoutContext } from "../oci/reference.ts";
import {
  type BuildSecret,
  type BuildSpec,
  isRemote,
  type LinkedTarget,
  linkedName,
  sourcesOf,
} from "./build-spec.ts";
import type { BuilderProblem } from "./builder-problems.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What the build asks for and the project directory or the environment does not have: Dockerfile,
 * context, secrets, ssh agents, named contexts; of its linked targets too. What is not on this machine (git URLs, images) is not looked at.
 */
export async function contextProblems(
  projectDir: string,
  spec: BuildSpec,
  env: Environment,
): Promise<readonly BuilderProblem[]> {
  const targets = Object.keys(spec.linked ?? {});
  const found = await Promise.all(
    sourcesOf(spec).flatMap((source) => [
      contextProblem(projectDir, source),
      dockerfileProblem(projectDir, source),
      ...source.secrets.map((secret) => secretProblem(projectDir, secret, env)),
      ...source.ssh.map((agent) => sshProblem(projectDir, agent, env)),
      ...Object.entries(source.contexts).map((entry) =>
        namedContextProblem(projectDir, entry, targets),
      ),
    ]),
  );
  return found.filter((problem) => problem !== undefined);
}

/** The Dockerfile's text for `builderProblems`; `undefined` when it is not here. */
export async function readDockerfile(
  projectDir: string,
  { context, dockerfile }: Pick<BuildSpec, "context" | "dockerfile">,
): Promise<string | undefined> {
  if (isRemote(context)) return undefined;
  return readFile(resolve(projectDir, dockerfile), "utf8").catch(() => undefined);
}

async function contextProblem(
  projectDir: string,
  { context }: LinkedTarget,
): Promise<BuilderProblem | undefined> {
  if (isRemote(context) || (await kindOf(projectDir, context)) === "directory") return undefined;
  return {
    code: "CONTEXT_MISSING",
    message: `the build context '${context}' is not a directory`,
    remedy: "set build.context (or --context) to the directory that the Dockerfile copies from",
  };
}

async function dockerfileProblem(
  projectDir: string,
  { context, dockerfile }: LinkedTarget,
): Promise<BuilderProblem | undefined> {
  if (isRemote(context) || isRemote(dockerfile)) return undefined;
  if ((await kindOf(projectDir, dockerfile)) === "file") return undefined;
  return {
    code: "DOCKERFILE_MISSING",
    message: `the Dockerfile '${dockerfile}' does not exist`,
    remedy: "set build.dockerfile (or --file) to its path from the project directory",
  };
}

async function secretProblem(
  projectDir: string,
  secret: BuildSecret,
  env: Environment,
): Promise<BuilderProblem | undefined> {
  if ("env" in secret) {
    if (env[secret.env] !== undefined) return undefined;
    return {
      code: "SECRET_MISSING",
      message: `the build secret '${secret.id}' needs the environment variable ${secret.env}, which is not set`,
      remedy: `export ${secret.env}=…`,
    };
  }
  if ((await kindOf(projectDir, secret.file)) === "file") return undefined;
  return {
    code: "SECRET_MISSING",
    message: `the build secret '${secret.id}' needs the file '${secret.file}', which does not exist`,
    remedy: `write it, or set the path of the secret '${secret.id}' in build.secrets`,
  };
}

/** `default`, or `ID=SOCKET` or `ID=KEY,KEY` (docker buildx build, "--ssh"). */
async function sshProblem(
  projectDir: string,
  agent: string,
  { SSH_AUTH_SOCK: socket }: Environment,
): Promise<BuilderProblem | undefined> {
  const [id = "", ...named] = agent.split(/[=,]/).filter((part) => !part.startsWith("raw"));
  const remedy = `eval "$(ssh-agent)" && ssh-add\nor name the socket or key in build.ssh: ${id}=PATH`;
  const problem = (message: string) => ({ code: "SSH_AGENT_MISSING" as const, message, remedy });
  if (named.length === 0 && !socket) {
    return problem(`the ssh agent '${id}' needs SSH_AUTH_SOCK, which is not set`);
  }
  for (const path of named.length > 0 ? named : [socket ?? ""]) {
    if (await kindOf(projectDir, path)) continue;
    return problem(`the ssh agent or key '${id}' wants '${path}', which does not exist`);
  }
  return undefined;
}

async function namedContextProblem(
  projectDir: string,
  [name, source]: readonly [string, string],
  targets: readonly string[],
): Promise<BuilderProblem | undefined> {
  const target = linkedName(source);
  if (target !== undefined && !targets.includes(target)) return unlinked(name, target);
  const layout = parseLayoutContext(source)?.path;
  if (layout === undefined && isRemote(source)) return undefined;
  if ((await kindOf(projectDir, layout ?? source)) === "directory") return undefined;
  return {
    code: "NAMED_CONTEXT_MISSING",
    message: `the named context '${name}' is '${source}', which is not a directory`,
    remedy: `set build.contexts.${name} to a directory, a git URL, docker-image://… or oci-layout://…`,
  };
}

function unlinked(name: string, target: string): BuilderProblem {
  return {
    code: "NAMED_CONTEXT_MISSING",
    message: `the named context '${name}' is the target '${target}', which is not a target of this build`,
    remedy: `give the target its context in the bake file: contexts = { ${name} = "target:${target}" }`,
  };
}

async function kindOf(projectDir: string, path: string): Promise<"file" | "directory" | undefined> {
  const found = await stat(resolve(projectDir, path)).catch(() => undefined);
  if (found === undefined) return undefined;
  return found.isDirectory() ? "directory" : "file";
}
