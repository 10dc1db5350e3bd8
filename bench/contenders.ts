import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Docker } from "./docker.ts";
import { type LocalEcr, startEcr } from "./local-ecr.ts";
import type { Contestant } from "./measure.ts";
import { type Place, slipway } from "./place.ts";
import { type ProcessPlace, run } from "./process.ts";
import { lifecyclePolicy, type Project } from "./project.ts";

/** How the local ECR is reached. */
export type Link = Parameters<typeof startEcr>[0];

/** One way of getting the project's image, with its five tags, into an empty repository. */
export interface Way {
  readonly what: string;
  /** What is not counted, such as a login that is there already. */
  readonly prepare?: (target: Target) => Promise<void>;
  readonly perform: (target: Target) => Promise<void>;
}

export interface Target {
  readonly uri: string;
  readonly place: ProcessPlace;
  readonly project: Project;
}

/** Every run has an ECR of its own, so that nobody finds or mounts what was pushed before, and an empty cache. */
export function contestant(
  { what, prepare, perform }: Way,
  { folder, signal }: Place,
  docker: Docker,
  project: Project,
  link: Link = {},
): Contestant {
  return {
    what,
    async run() {
      await using ecr = await startEcr(link);
      const cache = mkdtempSync(join(folder, "cache-"));
      const target = await targetOf(ecr, { docker, project, signal, cache });
      try {
        await prepare?.(target);
        const started = performance.now();
        await perform(target);
        return performance.now() - started;
      } finally {
        rmSync(cache, { recursive: true, force: true });
      }
    },
  };
}

interface TargetParts {
  readonly docker: Docker;
  readonly project: Project;
  readonly signal: AbortSignal;
  readonly cache: string;
}

export async function targetOf(
  ecr: LocalEcr,
  { docker, project, signal, cache }: TargetParts,
): Promise<Target> {
  const uri = await ecr.createRepository(project.image);
  const env = { ...ecr.env, ...docker.env, SLIPWAY_CACHE_DIR: cache };
  return { uri, project, place: { cwd: project.folder, env, signal } };
}

export const bySlipway: Way = {
  what: "slipway release",
  perform: async ({ place }) => {
    await run([...slipway, "release", "1.0.0"], place);
  },
};

export const byBuildx: Way = {
  what: "docker buildx build --push",
  prepare: async ({ place }) => {
    await run([...slipway, "login"], place);
  },
  perform: push,
};

/** As one does it without a tool of its own, from the login to the lifecycle policy. */
export const byHand: Way = {
  what: "by hand, with aws and docker",
  perform: async (target) => {
    const { place, project, uri } = target;
    const [host = ""] = uri.split("/");
    const { stdout } = await run(["aws", "ecr", "get-login-password"], place);
    const login = ["docker", "login", "--username", "AWS", "--password-stdin", host];
    await run(login, place, { input: stdout });
    await push(target);
    const policy = ["--repository-name", project.image, "--lifecycle-policy-text", lifecyclePolicy];
    await run(["aws", "ecr", "put-lifecycle-policy", ...policy], place);
  },
};

async function push({ place, project, uri }: Target): Promise<void> {
  const { contexts, platforms, tags } = project;
  const argv = [
    ...["docker", "buildx", "build", `--platform=${platforms.join(",")}`, "--provenance=mode=min"],
    ...Object.entries(contexts).map(([name, value]) => `--build-context=${name}=${value}`),
    ...tags.map((tag) => `--tag=${uri}:${tag}`),
    ...["--progress=plain", "--push", "."],
  ];
  await run(argv, place);
}
