import { existsSync } from "node:fs";
import { join } from "node:path";
import { cache, checkout } from "../place.ts";

const home = join(cache, "engine");

/** Where the private engine lives: everything but its sockets is in the checkout's cache. */
export const layout = {
  home,
  debs: join(home, "debs"),
  root: join(home, "root"),
  /** Programs under the names that dockerd looks for. */
  tools: join(home, "tools"),
  /** What clients get on their PATH: docker and nothing else. */
  bin: join(home, "bin"),
  /** DOCKER_CONFIG of its clients; knows where buildx is. */
  config: join(home, "config"),
  data: join(home, "data"),
  log: join(home, "log"),
  /** A Unix socket's path may have 107 bytes, and a checkout's may be longer: hence not there. */
  run: join(existsSync("/run") ? "/run" : "/tmp", `slipway-engine-${checkout}`),
} as const;

export const dockerSocket = join(layout.run, "docker.sock");
export const containerdSocket = join(layout.run, "containerd.sock");
export const dockerd = join(layout.root, "usr/sbin/dockerd");
export const containerd = join(layout.root, "usr/bin/containerd");

/** What a client of the private engine needs in its environment. */
export function privateEnvironment(): Readonly<Record<string, string>> {
  return {
    DOCKER_HOST: `unix://${dockerSocket}`,
    DOCKER_CONFIG: layout.config,
    PATH: `${layout.bin}:${process.env.PATH ?? ""}`,
  };
}

/** Variables that would lead a client of the private engine elsewhere. */
export const misleading = [
  "BUILDX_BUILDER",
  "BUILDX_CONFIG",
  "DOCKER_CONTEXT",
  "DOCKER_TLS",
  "DOCKER_TLS_VERIFY",
  "DOCKER_CERT_PATH",
] as const;
