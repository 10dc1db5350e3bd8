import { join, resolve } from "node:path";
import { principalKey } from "../aws/credentials.ts";
import { openEcr } from "../ecr/client.ts";
import type { Ecr } from "../ecr/types.ts";
import type { GatePlace } from "../gates/judge.ts";
import type { Agents } from "../oci/http.ts";
import { layoutStore } from "../oci/layout-store.ts";
import { once } from "../oci/once.ts";
import { type Report, type WaitEvent, watchFor } from "../release/event.ts";
import { inputsAnnotation } from "../release/planning/identity.ts";
import type { TargetRequest } from "../release/request.ts";
import type { World } from "../release/world.ts";
import { cacheDirectory } from "./cache-directory.ts";
import { agentsFor } from "./network.ts";
import { withEnvironment } from "./principal.ts";

export interface WorldOptions {
  readonly projectDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly report: Report;
  /** Files that the command was told to write or to read; they are no changes of the project. */
  readonly ownFiles?: readonly (string | undefined)[];
}

/** The real outside. Nothing is asked before it is needed, and nothing twice. */
export function openWorld(options: WorldOptions): World {
  const { projectDir, env, signal, report } = options;
  const ownFiles = options.ownFiles?.flatMap((file) => (file === undefined ? [] : resolve(file)));
  const now = () => new Date();
  const agents = agentsFor(env);
  const ecr = ecrsOf({ signal, report }, agents);
  return {
    now,
    signal,
    agents,
    report,
    layouts: layoutStore(join(cacheDirectory(env), "layouts"), inputsAnnotation),
    git: gitOf(projectDir, signal, ownFiles),
    docker: dockerOf(options),
    ...gatesOf({
      ...{ projectDir, env, signal, ecr, now },
      cacheDir: join(cacheDirectory(env), "gates"),
    }),
    ecr,
  };
}

/** Until when questions may take, and who is told what they wait for. */
export interface Asking {
  readonly signal: AbortSignal;
  readonly report: (event: WaitEvent) => void;
}

/** ECR per principal and region: equal targets share credentials, identity and token. */
export function ecrsOf(
  { signal, report }: Asking,
  agents: Agents | undefined = agentsFor(process.env),
): (target: TargetRequest) => Ecr {
  return once(
    (target: TargetRequest) =>
      openEcr(withEnvironment(target), signal, agents, watchFor(target.region, report)),
    principalKey,
  );
}

/** Git, loaded by the first question: who promotes or inspects starts no process, and needs nothing that starts one. */
function gitOf(
  projectDir: string,
  signal: AbortSignal,
  ownFiles: readonly string[] | undefined,
): World["git"] {
  const git = () => import("../git/repository.ts");
  const tags = () => import("../git/tags.ts");
  return {
    observe: async (tagPrefix) =>
      await (await git()).observeGit(projectDir, { tagPrefix, signal, ownFiles }),
    head: async () => await (await git()).observeHead(projectDir, { signal, ownFiles }),
    commitOf: async (tag) => await (await tags()).commitOfTag(projectDir, tag, { signal }),
    changedSince: async (commit, paths) =>
      await (await git()).changedSince(projectDir, commit, paths, { signal }),
    tagProblems: async (tagging) =>
      await (await tags()).tagProblems(projectDir, tagging, { signal }),
    verifySigning: async () => await (await tags()).verifySigning(projectDir, { signal }),
    verifyPush: async (name, commit) =>
      await (await tags()).verifyGitPush(projectDir, name, commit, { signal }),
    createTag: async (name, commit) =>
      await (await tags()).createGitTag(projectDir, name, commit, `Release ${name}`, { signal }),
    pushTag: async (name) => await (await tags()).pushGitTag(projectDir, name, { signal }),
  };
}

/** Gates, loaded by the first question. What one lacks is asked once, for the plan and before it is carried out. */
function gatesOf(place: GatePlace): Pick<World, "gateProblems" | "judge"> {
  const ask = once(
    async ([wish, spec]: Parameters<World["gateProblems"]>) =>
      await (await import("../gates/unready.ts")).gateProblems(wish, spec, place),
    ([wish]) => wish,
  );
  return {
    gateProblems: (...asked) => ask(asked),
    async judge(wish, subject) {
      const { judge } = await import("../gates/judge.ts");
      return await judge(wish, subject, place);
    },
  };
}

/** Docker, loaded by the first question: a plan whose build is in the store asks none, and reads the Dockerfile alone. */
function dockerOf(options: WorldOptions): World["docker"] {
  let opened: Promise<Omit<World["docker"], "dockerfile">> | undefined;
  const docker = () => {
    opened ??= import("./docker.ts").then(({ openDocker }) => openDocker(options));
    return opened;
  };
  return {
    problems: async (spec) => await (await docker()).problems(spec),
    async dockerfile(source) {
      const { readDockerfile } = await import("../docker/context.ts");
      return await readDockerfile(options.projectDir, source);
    },
    build: async (images, registryAuth) => await (await docker()).build(images, registryAuth),
  };
}
