import { SlipwayError } from "../errors.ts";
import { list, object, objects, parseObject } from "../loose.ts";
import { type RunResult, run } from "../run.ts";
import { runBuildx } from "./buildx.ts";
import { namingEngine } from "./silent-engine.ts";
import { isAtLeast } from "./tool-version.ts";

export interface BuilderNode {
  readonly name: string;
  readonly status: string;
  /** Native and emulated platforms, as buildx writes them. */
  readonly platforms: readonly string[];
  /** BuildKit's version; `null` when the node is not running, or was built without one. */
  readonly buildkit: string | null;
}

/** What docker, buildx and the chosen builder are and can do. Versions are without `v`. */
export interface BuilderFacts {
  /** The docker client's version, `unknown` before docker 23; `null` when there is no docker on PATH. */
  readonly docker: string | null;
  /** The docker engine's version; `null` when it does not answer. */
  readonly engine: string | null;
  /** What docker says of an engine that does not answer: where it looked for it, or who may not. */
  readonly silence?: string;
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
 * Asks docker and buildx what they are. Two processes, side by side (about 0.1 s; twice that
 * where buildx must be asked through docker), none of which changes anything. What is missing is a fact, not an error.
 * Throws INTERRUPTED, and PROCESS_FAILED when docker hangs.
 */
export async function observeBuilder(options: ObserveBuilderOptions = {}): Promise<BuilderFacts> {
  const { builder, env = {}, signal } = options;
  const asking = { env, signal, timeout: limit };
  const info = namingEngine(run("docker", ["info", "--format", "{{json .}}"], asking), asking);
  const inspect = ["inspect", ...(builder === undefined ? [] : ["--builder", builder])];
  const asked = Promise.all([
    info,
    // What keeps buildx waiting is the engine first of all.
    runBuildx(inspect, asking).catch(async (error) => {
      await info;
      throw error;
    }),
  ]);
  const answers = await asked.catch(noDocker);
  if (answers === undefined) return nothing;
  const [told, inspected] = answers;
  return { ...readFacts(told.stdout, builderText(inspected)), ...silenceIn(told) };
}

/** `docker info` ends with 1, and says why on stderr, where the client is there and the engine is not. */
function silenceIn({ exitCode, errorTail }: RunResult): Pick<BuilderFacts, "silence"> {
  const said = errorTail.findLast((line) => line.trim() !== "");
  return exitCode === 0 || said === undefined ? {} : { silence: said.trim() };
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

function builderText({ exitCode, stdout }: RunResult): string {
  return exitCode === 0 ? stdout : "";
}

/** The facts in what `docker info --format '{{json .}}'` and `docker buildx inspect` print. */
export function readFacts(infoJson: string, inspectText: string): BuilderFacts {
  const info = parseObject(infoJson);
  const client = object(info.ClientInfo);
  const docker = version(client.Version) ?? "unknown";
  const engine = version(info.ServerVersion);
  const plugins = objects(client.Plugins);
  const buildx = version(plugins.find(({ Name }) => Name === "buildx")?.Version);
  const builder = readBuilder(inspectText);
  return {
    docker,
    engine,
    buildx,
    builder,
    containerdStore: engine === null ? null : isContainerd(info.DriverStatus),
    knowsOciArtifact: knowsOciArtifact(builder, engine),
    // docker/cli#6008, first in docker 28.3; buildx reads the configuration with its own copy of that code.
    takesAuthConfig: isAtLeast(docker, "28.3.0") && isAtLeast(buildx, "0.26.0"),
  };
}

/** moby/buildkit#5573, first in BuildKit 0.19; docker has had a later one inside since 28.0. */
function knowsOciArtifact(builder: BuilderFacts["builder"], engine: string | null): boolean {
  if (builder === null) return false;
  const inEngine = builder.driver === "docker" && isAtLeast(engine, "28.0.0");
  const kits = builder.nodes.map(({ buildkit }) => buildkit);
  return inEngine || (kits.length > 0 && kits.every((kit) => isAtLeast(kit, "0.19.0")));
}

/** The classic image store's status names no driver type. */
function isContainerd(driverStatus: unknown): boolean {
  return list(driverStatus).some((pair) => String(list(pair)[1]).startsWith("io.containerd."));
}

function version(value: unknown): string | null {
  if (typeof value !== "string") return null;
  const found = /^v?(\d+\.\d+\.\d+\S*)/.exec(value)?.[1] ?? null;
  // Debian builds BuildKit without telling it its version.
  return found?.startsWith("0.0.0") ? null : found;
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
      buildkit: version(field(text, "BuildKit version") ?? field(text, "Buildkit")),
    },
  ];
}

function field(text: string, name: string): string | undefined {
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim() || undefined;
}
