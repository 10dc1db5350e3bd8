import { SlipwayError } from "../errors.ts";
import { type RunResult, run } from "../run.ts";
import { isAtLeast } from "./tool-version.ts";

export interface BuilderNode {
  readonly name: string;
  readonly status: string;
  /** Native and emulated platforms, as buildx writes them. */
  readonly platforms: readonly string[];
  /** BuildKit's version, without `v`; `null` when the node is not running. */
  readonly buildkit: string | null;
}

/** What docker, buildx and the chosen builder are and can do. Versions are without `v`. */
export interface BuilderFacts {
  /** The docker client's version; `null` when there is no docker on PATH. */
  readonly docker: string | null;
  /** The docker engine's version; `null` when it does not answer. */
  readonly engine: string | null;
  /** buildx's version; `null` when docker has no such plugin. */
  readonly buildx: string | null;
  /** The builder that was asked for, or buildx's current one; `null` when buildx knows none. */
  readonly builder: {
    readonly name: string;
    /** `docker`, `docker-container`, `kubernetes`, `remote`, `cloud`. */
    readonly driver: string;
    readonly nodes: readonly BuilderNode[];
  } | null;
  /** The engine keeps images in containerd; `null` when it did not tell. Only the `docker` driver needs it. */
  readonly containerdStore: boolean | null;
  /** The builder's nodes know the exporter option `oci-artifact`. */
  readonly knowsOciArtifact: boolean;
  /** docker and buildx read credentials from DOCKER_AUTH_CONFIG. */
  readonly takesAuthConfig: boolean;
}

export interface ObserveBuilderOptions {
  /** Absent: buildx's current builder. */
  readonly builder?: string | undefined;
  /** Laid over the process's own environment, as for `build`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds: a dead remote node keeps buildx waiting for 20 seconds. */
const limit = 30_000;

/**
 * Asks docker and buildx what they are. Four processes, side by side, none of which changes anything.
 * What is missing is a fact, not an error. Throws INTERRUPTED, and PROCESS_FAILED when docker hangs.
 */
export async function observeBuilder(options: ObserveBuilderOptions = {}): Promise<BuilderFacts> {
  const { builder, env = {}, signal } = options;
  const ask = (args: readonly string[]) => run("docker", args, { env, signal, timeout: limit });
  const asked = Promise.all([
    ask(["version", "--format", "{{json .}}"]),
    ask(["buildx", "version"]),
    ask(["info", "--format", "{{json .DriverStatus}}"]),
    ask(["buildx", "inspect", ...(builder === undefined ? [] : ["--builder", builder])]),
  ]);
  const answers = await asked.catch(noDocker);
  return answers === undefined ? nothing : factsFrom(answers);
}

const nothing: BuilderFacts = {
  docker: null,
  engine: null,
  buildx: null,
  builder: null,
  containerdStore: null,
  knowsOciArtifact: false,
  takesAuthConfig: false,
};

function noDocker(error: unknown): undefined {
  if (error instanceof SlipwayError && error.code === "TOOL_MISSING") return undefined;
  throw error;
}

function factsFrom(answers: readonly [RunResult, RunResult, RunResult, RunResult]): BuilderFacts {
  const [version, buildxVersion, info, inspect] = answers;
  const { docker, engine } = readVersions(version.stdout);
  const buildx = buildxVersion.exitCode === 0 ? versionIn(buildxVersion.stdout) : null;
  const builder = inspect.exitCode === 0 ? readBuilder(inspect.stdout) : null;
  const kits = builder?.nodes.flatMap(({ buildkit }) => buildkit ?? []) ?? [];
  return {
    docker,
    engine,
    buildx,
    builder,
    containerdStore: readStore(info.stdout),
    // moby/buildkit#5573, first in BuildKit 0.19; older ones would keep it as unknown metadata.
    knowsOciArtifact: kits.length > 0 && kits.every((kit) => isAtLeast(kit, "0.19.0")),
    // docker/cli#6008, first in docker 28.3; buildx reads the configuration with its own copy of that code.
    takesAuthConfig: isAtLeast(docker, "28.3.0") && isAtLeast(buildx, "0.26.0"),
  };
}

function versionIn(text: string): string | null {
  return /\bv?(\d+\.\d+\.\d+\S*)/.exec(text)?.[1] ?? null;
}

function readVersions(json: string): { docker: string | null; engine: string | null } {
  const answer = parse(json);
  return { docker: versionOf(answer.Client), engine: versionOf(answer.Server) };
}

function versionOf(part: unknown): string | null {
  if (typeof part !== "object" || part === null || !("Version" in part)) return null;
  return typeof part.Version === "string" && part.Version !== "" ? part.Version : null;
}

function parse(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** `docker info` lists a driver type of containerd's for the containerd image store, and none for the classic one. */
function readStore(json: string): boolean | null {
  const pairs = Object.values(parse(json));
  if (pairs.length === 0) return null;
  return pairs.some((pair) => Array.isArray(pair) && String(pair[1]).startsWith("io.containerd."));
}

/** buildx has no other form for this answer: `Key: value` lines, the nodes after an empty `Nodes:`. */
function readBuilder(text: string): BuilderFacts["builder"] {
  const [head = "", nodes = ""] = text.split(/^Nodes:\s*$/m);
  const name = field(head, "Name");
  const driver = field(head, "Driver");
  if (name === undefined || driver === undefined) return null;
  return { name, driver, nodes: nodes.split(/^(?=Name:)/m).flatMap(readNode) };
}

function readNode(text: string): BuilderNode[] {
  const name = field(text, "Name");
  if (name === undefined) return [];
  const platforms = field(text, "Platforms")?.split(/,\s*/) ?? [];
  return [
    {
      name,
      status: field(text, "Status") ?? "unknown",
      // A star marks platforms that were set by hand for the node.
      platforms: platforms.map((platform) => platform.replace(/\*$/, "")).filter(Boolean),
      buildkit: versionIn(field(text, "BuildKit version") ?? field(text, "Buildkit") ?? ""),
    },
  ];
}

function field(text: string, name: string): string | undefined {
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim() || undefined;
}
