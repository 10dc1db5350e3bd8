import { isSamePlatform } from "../oci/platform.ts";
import { nearestWord } from "../wording.ts";
import type { BuildSpec } from "./build-spec.ts";
import type { BuilderFacts, BuilderNode } from "./builder.ts";
import { runsOnTargetPlatform } from "./dockerfile.ts";
import { isAtLeast } from "./tool-version.ts";

export type BuilderProblemCode =
  | "BUILDER_MISSING"
  | "BUILDER_STOPPED"
  | "BUILDKIT_TOO_OLD"
  | "BUILDX_MISSING"
  | "BUILDX_TOO_OLD"
  | "CONTEXT_MISSING"
  | "DOCKERFILE_MISSING"
  | "DOCKER_MISSING"
  | "DOCKER_UNREACHABLE"
  | "EMULATION_MISSING"
  | "IMAGE_STORE_CLASSIC"
  | "NAMED_CONTEXT_MISSING"
  | "PLATFORM_MISSING"
  | "SECRET_MISSING"
  | "SSH_AGENT_MISSING";

/** Something that stands in the way of a build, known before it starts. */
export interface BuilderProblem {
  readonly code: BuilderProblemCode;
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** Until 0.13 buildx wrote other things into its rawjson progress (docker/buildx#2252); the rest we use is older. */
const leastBuildx = "0.13.0";
/** `tar=false` came with BuildKit 0.11 (moby/buildkit#3162). */
const leastBuildkit = "0.11.0";

/** Architectures that `tonistiigi/binfmt` and Debian's `qemu-user-static` emulate. */
const emulated = ["386", "amd64", "arm", "arm64", "loong64", "ppc64le", "riscv64", "s390x"];

/**
 * Why the observed builder cannot do the build; empty when it can. When docker itself is the obstacle,
 * what follows from it is left out. `dockerfile` is its text, when known: a build whose stages run
 * nothing on the target platform needs no emulation.
 */
export function builderProblems(
  facts: BuilderFacts,
  spec: BuildSpec,
  dockerfile?: string,
): readonly BuilderProblem[] {
  const root = toolProblem(facts, spec);
  if (root !== undefined) return [root];
  return [...storeProblems(facts), ...nodeProblems(facts, spec, dockerfile)];
}

function toolProblem(facts: BuilderFacts, spec: BuildSpec): BuilderProblem | undefined {
  if (facts.docker === null) {
    return {
      code: "DOCKER_MISSING",
      message: "there is no docker on PATH",
      remedy: "install docker with the buildx plugin: https://docs.docker.com/engine/install/",
    };
  }
  return buildxProblem(facts) ?? builderProblem(facts, spec);
}

function buildxProblem({ buildx }: BuilderFacts): BuilderProblem | undefined {
  const install = "https://github.com/docker/buildx#installing";
  if (buildx === null) {
    return {
      code: "BUILDX_MISSING",
      message: "docker has no buildx plugin",
      remedy: `install the package docker-buildx-plugin (Debian: docker-buildx), or see ${install}`,
    };
  }
  if (isAtLeast(buildx, leastBuildx)) return undefined;
  return {
    code: "BUILDX_TOO_OLD",
    message: `buildx is ${buildx}, and slipway needs ${leastBuildx} or newer`,
    remedy: `update the package docker-buildx-plugin, or see ${install}`,
  };
}

function builderProblem(facts: BuilderFacts, spec: BuildSpec): BuilderProblem | undefined {
  const { builder, engine } = facts;
  const usesEngine = builder === null || builder.driver.startsWith("docker");
  const named = spec.builder === undefined ? "" : ` '${spec.builder}'`;
  if (engine === null && usesEngine) {
    return {
      code: "DOCKER_UNREACHABLE",
      message: `the docker engine does not answer${facts.silence === undefined ? "" : `: ${facts.silence}`}`,
      remedy:
        "start it (sudo systemctl start docker, or Docker Desktop), or check `docker context ls`\nor, where permission is denied, let this user in: sudo usermod -aG docker USER",
    };
  }
  if (builder === null) {
    return {
      code: "BUILDER_MISSING",
      message: `buildx has no builder${named}`,
      remedy: `docker buildx ls\nor make one: docker buildx create --name ${spec.builder ?? "slipway"} --driver docker-container --bootstrap`,
    };
  }
  return undefined;
}

/** The classic image store of the `docker` driver has no place for an index or an attestation. */
function storeProblems({ builder, containerdStore }: BuilderFacts): BuilderProblem[] {
  if (builder?.driver !== "docker" || containerdStore !== false) return [];
  return [
    {
      code: "IMAGE_STORE_CLASSIC",
      message: `the builder '${builder.name}' uses docker's classic image store, which cannot export an image layout`,
      remedy:
        'turn on the containerd image store ({"features":{"containerd-snapshotter":true}} in daemon.json, then restart docker)\nor make a builder: docker buildx create --use --driver docker-container --bootstrap',
    },
  ];
}

function nodeProblems(
  { builder }: BuilderFacts,
  spec: BuildSpec,
  dockerfile: string | undefined,
): BuilderProblem[] {
  if (builder === null) return [];
  const { name, driver, nodes } = builder;
  const running = nodes.filter(({ platforms }) => platforms.length > 0);
  // buildx starts a container builder by itself; only then its platforms are known.
  if (running.length === 0) return driver === "docker-container" ? [] : [stopped(name, nodes)];
  return [
    ...running.flatMap((node) => oldBuildkit(node)),
    ...spec.platforms
      .filter((platform) => !running.some((node) => covers(node, platform)))
      .flatMap((platform) => missingPlatform(platform, builder, spec, dockerfile)),
  ];
}

function stopped(name: string, nodes: readonly BuilderNode[]): BuilderProblem {
  const states = nodes.map((node) => `${node.name} is ${node.status}`).join(", ");
  return {
    code: "BUILDER_STOPPED",
    message: `no node of the builder '${name}' is running${states && `: ${states}`}`,
    remedy: `docker buildx inspect --bootstrap ${name}`,
  };
}

function oldBuildkit({ name, buildkit }: BuilderNode): BuilderProblem[] {
  if (buildkit === null || isAtLeast(buildkit, leastBuildkit)) return [];
  return [
    {
      code: "BUILDKIT_TOO_OLD",
      message: `BuildKit on '${name}' is ${buildkit}, and slipway needs ${leastBuildkit} or newer`,
      remedy: "update docker, or make the builder anew with `docker buildx create`",
    },
  ];
}

function covers(node: BuilderNode, platform: string): boolean {
  return node.platforms.some((known) => isSamePlatform(known, platform));
}

function missingPlatform(
  platform: string,
  builder: NonNullable<BuilderFacts["builder"]>,
  spec: BuildSpec,
  dockerfile: string | undefined,
): BuilderProblem[] {
  const [os, architecture = ""] = platform.split("/");
  const canEmulate = os === "linux" && emulated.includes(architecture);
  if (!canEmulate || !builder.driver.startsWith("docker")) return [noNode(platform, builder)];
  if (dockerfile !== undefined && !runsOnTargetPlatform(dockerfile, spec.target)) return [];
  return [
    {
      code: "EMULATION_MISSING",
      message: `the builder '${builder.name}' cannot run ${platform}: no emulator is installed`,
      remedy: `docker run --privileged --rm tonistiigi/binfmt --install ${architecture}\nor on Debian: apt-get install qemu-user-static binfmt-support`,
    },
  ];
}

function noNode(
  platform: string,
  { name, driver }: NonNullable<BuilderFacts["builder"]>,
): BuilderProblem {
  const code = "PLATFORM_MISSING";
  const message = `the builder '${name}' has no node for ${platform}`;
  const meant = meantPlatform(platform);
  if (meant !== undefined) {
    const remedy = `--platform ${meant}, or platforms in slipway.yaml`;
    return { code, message: `${message}, did you mean ${meant}?`, remedy };
  }
  const node = `--platform ${platform} ENDPOINT`;
  // The engine's own builder has its one node and takes no other.
  const remedy =
    driver === "docker"
      ? `make a builder that has one: docker buildx create --name slipway ${node}, and then --builder slipway`
      : `add one: docker buildx create --append --name ${name} ${node}`;
  return { code, message, remedy };
}

/** What was probably meant by a platform that nobody has. */
function meantPlatform(platform: string): string | undefined {
  const [os = "", architecture = "", ...variant] = platform.split("/");
  const meant = [
    nearestWord(os, ["linux", "windows"]) ?? os,
    nearestWord(architecture, emulated) ?? architecture,
    ...variant,
  ].join("/");
  return meant === platform ? undefined : meant;
}
