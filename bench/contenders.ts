import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { LinkLimits } from "../src/local/server.ts";
import type { Docker } from "./docker.ts";
import { type LocalEcr, startEcr } from "./local-ecr.ts";
import type { Contestant } from "./measure.ts";
import { type Place, slipway } from "./place.ts";
import { type ProcessPlace, run } from "./process.ts";
import { lifecyclePolicy, type Project } from "./project.ts";
import { warmMemory } from "./warm.ts";

/** One way of getting the project's image, with its five tags, into an empty repository. */
export interface Way {
  readonly what: string;
  /** What is not counted, such as a login that is there already. */
  readonly prepare?: (target: Target) => Promise<void>;
  readonly perform: (target: Target) => Promise<void>;
  /** Removes what it leaves on this machine, uncounted too. */
  readonly tidy?: (target: Target) => Promise<void>;
}

export interface Target {
  readonly uri: string;
  readonly place: ProcessPlace;
  readonly project: Project;
}

interface Course {
  readonly place: Place;
  readonly docker: Docker;
  readonly project: Project;
  /** How the local ECR is reached; `{}` as quickly as can be. */
  readonly link: LinkLimits;
}

/** Every run has an ECR of its own, so that nobody finds or mounts what was pushed before, and an empty cache. */
export function contestant(
  { what, prepare, perform, tidy }: Way,
  { place: { folder, signal }, docker, project, link }: Course,
): Contestant {
  return {
    what,
    async run() {
      await using ecr = await startEcr({ link });
      const cache = mkdtempSync(join(folder, "cache-"));
      const target = await targetOf(ecr, { docker, project, signal, cache });
      try {
        await prepare?.(target);
        await warmMemory(signal);
        const started = performance.now();
        await perform(target);
        return performance.now() - started;
      } finally {
        await tidy?.(target);
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
  tidy: removeImages,
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
  tidy: removeImages,
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

/** The engine keeps what it pushed; its build cache stays. */
async function removeImages({ place, project, uri }: Target): Promise<void> {
  const images = project.tags.map((tag) => `${uri}:${tag}`);
  // Only some engines keep it, and a push that failed left nothing: both are answered with 1.
  await run(["docker", "image", "rm", "--force", ...images], place, { accepts: [0, 1] });
}
