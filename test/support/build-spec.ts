import type { BuildSpec } from "../../src/docker/build-spec.ts";

/** A build of two platforms with nothing special about it, for tests that care about one field. */
export function buildSpec(fields: Partial<BuildSpec> = {}): BuildSpec {
  return {
    platforms: ["linux/amd64", "linux/arm64"],
    context: ".",
    dockerfile: "Dockerfile",
    args: {},
    secrets: [],
    ssh: [],
    labels: {},
    contexts: {},
    cacheFrom: [],
    cacheTo: [],
    noCache: false,
    pull: false,
    reproducible: false,
    provenance: "max",
    sbom: false,
    ...fields,
  };
}
