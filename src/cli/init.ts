import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import {
  type FoundName,
  guessGitPrefix,
  type InitFacts,
  imageName,
  initialConfig,
} from "../config/init.ts";
import { isRegion } from "../config/registry-schema.ts";
import { stageNames } from "../docker/dockerfile.ts";
import { SlipwayError } from "../errors.ts";
import { type GitFacts, observeGit } from "../git/repository.ts";
import { chooseVersion } from "../release/planning/version.ts";

export interface Initialised {
  readonly file: string;
  readonly text: string;
}

/** What was written, and what whoever goes on must know. */
export interface Initialisation {
  readonly written: Initialised;
  readonly named: FoundName & { readonly directoryName: string };
  readonly hasRegion: boolean;
  readonly tree: Tree;
  /** The version to plan first. */
  readonly next: string;
}

/** The project as git has it, without the file: no commit, no change since the last one, or some. */
export type Tree = "none" | "clean" | "dirty";

interface InitOptions {
  readonly region?: string | undefined;
  readonly force: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

const file = "slipway.yaml";
const otherName = "slipway.yml";

/**
 * Writes slipway.yaml into `directory`. Throws USAGE when a configuration is there and `force` is not
 * given, or the region is none.
 */
export async function initialise(directory: string, options: InitOptions): Promise<Initialisation> {
  const path = join(directory, file);
  verifyRegion(options.region);
  // Both names would be two configurations, of which only the new one is read.
  if (existsSync(join(directory, otherName)) && !options.force) throw isThere(otherName);
  const ownFiles = [path];
  const git = await observeGit(directory, {
    tagPrefix: "",
    signal: options.signal,
    ownFiles,
  }).catch(() => undefined);
  const facts = await factsOf(directory, git, options);
  const text = initialConfig(facts);
  try {
    await writeFile(path, text, { flag: options.force ? "w" : "wx" });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    throw isThere(file, cause);
  }
  return {
    written: { file, text },
    named: { ...imageName(facts), directoryName: facts.directoryName },
    hasRegion: facts.region !== undefined && isRegion(facts.region),
    next: facts.next,
    tree: git === undefined ? "none" : git.dirtyCount === 0 ? "clean" : "dirty",
  };
}

function isThere(name: string, cause?: unknown): SlipwayError {
  const suggestions = ["slipway plan minor", `write a new ${file}: slipway init --force`];
  return new SlipwayError("USAGE", `${name} already exists`, { suggestions, cause });
}

function verifyRegion(region: string | undefined): void {
  if (region === undefined || isRegion(region)) return;
  throw new SlipwayError("USAGE", `'${region}' is not an AWS region`, {
    suggestions: ["slipway init --region eu-west-1"],
  });
}

const schemaPath = "./node_modules/slipway/slipway.schema.json";

async function factsOf(
  directory: string,
  git: GitFacts | undefined,
  options: InitOptions,
): Promise<InitFacts> {
  const { AWS_REGION, AWS_DEFAULT_REGION } = options.env;
  const region = options.region ?? AWS_REGION ?? AWS_DEFAULT_REGION;
  const dockerfile = await readFile(join(directory, "Dockerfile"), "utf8").catch(() => undefined);
  const stages = stageNames(dockerfile ?? "");
  const gitTags = git?.tags ?? [];
  return {
    directoryName: basename(directory),
    ...(dockerfile !== undefined && { dockerfile: { path: "Dockerfile", stages } }),
    ...(git?.remote && { remote: git.remote }),
    ...(region && { region }),
    gitTags,
    next: nextOf(gitTags),
    ...(existsSync(join(directory, schemaPath)) && { schema: schemaPath }),
  };
}

/** The next minor, which is 0.1.0 where no tag names a version. */
function nextOf(tags: readonly string[]): string {
  const git = { tags, tagsAtHead: [], shallow: false };
  const known = { registry: [], git, gitPrefix: guessGitPrefix(tags) ?? "v" };
  const chosen = chooseVersion({ kind: "bump", bump: "minor" }, known);
  return "version" in chosen ? chosen.version : "0.1.0";
}
