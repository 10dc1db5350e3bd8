import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { dockerfileStages } from "../config/dockerfile.ts";
import { type InitFacts, initialConfig } from "../config/init.ts";
import { SlipwayError } from "../errors.ts";
import { observeGit } from "../git.ts";

export interface Initialised {
  readonly file: string;
  readonly text: string;
}

interface InitOptions {
  readonly region?: string | undefined;
  readonly force: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** Writes slipway.yaml into `directory`. Throws USAGE when it is there and `force` is not given. */
export async function initialise(directory: string, options: InitOptions): Promise<Initialised> {
  const file = "slipway.yaml";
  const path = join(directory, file);
  const text = initialConfig(await factsOf(directory, options));
  try {
    await writeFile(path, text, { flag: options.force ? "w" : "wx" });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    const suggestions = ["slipway init --force replaces it", "slipway plan 0.1.0"];
    throw new SlipwayError("USAGE", `${file} is there already`, { suggestions, cause });
  }
  return { file, text };
}

const schemaPath = "./node_modules/slipway/slipway.schema.json";

async function factsOf(directory: string, options: InitOptions): Promise<InitFacts> {
  const { AWS_REGION, AWS_DEFAULT_REGION } = options.env;
  const region = options.region ?? AWS_REGION ?? AWS_DEFAULT_REGION;
  const dockerfile = await readFile(join(directory, "Dockerfile"), "utf8").catch(() => undefined);
  const git = await observeGit(directory, { tagPrefix: "", signal: options.signal }).catch(
    () => undefined,
  );
  const stages = dockerfileStages(dockerfile ?? "").flatMap(({ name }) => name ?? []);
  return {
    directoryName: basename(directory),
    ...(dockerfile !== undefined && { dockerfile: { path: "Dockerfile", stages } }),
    ...(git?.remote && { remote: git.remote }),
    ...(region && { region }),
    gitTags: git?.tags ?? [],
    ...(existsSync(join(directory, schemaPath)) && { schema: schemaPath }),
  };
}
