import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { principalKey } from "../aws/credentials.ts";
import { build } from "../docker/build.ts";
import { type BuilderFacts, observeBuilder } from "../docker/builder.ts";
import { readDockerfile } from "../docker/context.ts";
import { buildProblems } from "../docker/problems.ts";
import { openEcr } from "../ecr/client.ts";
import type { Ecr } from "../ecr/types.ts";
import {
  changedSince,
  commitOfTag,
  createGitTag,
  observeGit,
  observeHead,
  pushGitTag,
} from "../git.ts";
import type { Agents } from "../oci/http.ts";
import { layoutStore } from "../oci/layout-store.ts";
import type { Report } from "../release/event.ts";
import type { TargetRequest } from "../release/request.ts";
import type { World } from "../release/world.ts";
import { agentsFor } from "./network.ts";

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
  const ecr = ecrsOf(signal, agents, (target, why, ms) =>
    report({ type: "waiting", target, why, ms }),
  );
  return {
    now,
    signal,
    agents,
    report,
    layouts: layoutStore(join(cacheDirectory(env), "layouts")),
    git: {
      observe: (tagPrefix) => observeGit(projectDir, { tagPrefix, signal, ownFiles }),
      head: () => observeHead(projectDir, { signal, ownFiles }),
      commitOf: (tag) => commitOfTag(projectDir, tag, { signal }),
      changedSince: (commit, paths) => changedSince(projectDir, commit, paths, { signal }),
      createTag: (name, commit) =>
        createGitTag(projectDir, name, commit, `Release ${name}`, { signal }),
      pushTag: (name) => pushGitTag(projectDir, name, { signal }),
    },
    docker: dockerOf(options),
    async judge(wish, subject) {
      const { judge } = await import("../gates/judge.ts");
      const cacheDir = join(cacheDirectory(env), "gates");
      const place = { projectDir, env, signal, cacheDir, ecr, now };
      return await judge(wish, subject, place);
    },
    ecr,
  };
}

/** ECR per principal and region: equal targets share credentials, identity and token. */
export function ecrsOf(
  signal: AbortSignal,
  agents: Agents | undefined = agentsFor(process.env),
  onWait: (region: string, why: string, ms: number) => void = () => {},
): (target: TargetRequest) => Ecr {
  const opened = new Map<string, Ecr>();
  return (target) => {
    const key = principalKey(target);
    const ecr =
      opened.get(key) ??
      openEcr(target, signal, agents, (why, ms) => onWait(target.region, why, ms));
    opened.set(key, ecr);
    return ecr;
  };
}

function dockerOf({ projectDir, env, signal }: WorldOptions): World["docker"] {
  const observed = new Map<string | undefined, Promise<BuilderFacts>>();
  const facts = (builder: string | undefined) => {
    const known = observed.get(builder) ?? observeBuilder({ builder, env, signal });
    observed.set(builder, known);
    return known;
  };
  return {
    problems: async (spec) => buildProblems(await facts(spec.builder), spec, projectDir, env),
    dockerfile: (source) => readDockerfile(projectDir, source),
    build: async (images, registryAuth) => {
      const builder = await facts(images[0]?.spec.builder);
      return await build(images, { builder, projectDir, registryAuth, env, signal });
    },
  };
}

/** `$SLIPWAY_CACHE_DIR`, or `slipway` in the user's cache directory (XDG base directory specification). */
function cacheDirectory(env: NodeJS.ProcessEnv): string {
  const { SLIPWAY_CACHE_DIR, XDG_CACHE_HOME } = env;
  return SLIPWAY_CACHE_DIR || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "slipway");
}
