import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";

/**
 * Who may import whom. A room is a folder or file of `src/`, or a top-level folder; `room/file` allows
 * one file of it, and `types:room` allows types alone. Packages stand by name, `node:*` is free.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  bin: ["@oclif/core"],
  commands: [
    "@oclif/core",
    "cli",
    "config",
    "release",
    "promotion",
    "retention",
    "inspection",
    "oci/reference",
    "rollback",
    "lifecycle",
    "local",
    "run",
    "wording",
    "errors",
  ],
  cli: [
    ...["@oclif/core", "log-update", "zod/mini"],
    ...[
      "config",
      "release",
      "promotion",
      "retention",
      "inspection",
      "rollback",
      "lifecycle",
      "oci",
      "aws",
      "ecr",
      "in-use",
      "gates",
      "docker",
      "git",
      "run",
      "text",
      "wording",
      "loose",
      "errors",
    ],
  ],
  config: [
    ...["zod/mini", "text", "yaml", "wording"],
    ...[
      "lifecycle",
      "oci/reference",
      "oci/manifest",
      "oci/platform",
      "release/gate",
      "release/request",
      "docker/build-spec",
      "loose",
      "errors",
    ],
  ],
  release: [
    ...[
      "semver",
      "lifecycle",
      "oci",
      "docker/build-spec",
      "dockerfile",
      "wording",
      "loose",
      "errors",
    ],
    ...["types:ecr", "types:docker", "types:git"],
  ],
  promotion: ["release", "oci", "errors", "types:ecr"],
  retention: [
    ...["lifecycle", "oci/reference", "oci/parallel", "loose", "errors"],
    ...["types:ecr", "types:release"],
  ],
  inspection: ["oci", "docker/secret-mask", "errors", "types:ecr"],
  rollback: ["release", "oci", "errors", "types:ecr"],
  dockerfile: ["dockerfile-ast"],
  gates: [
    ...["tar-stream", "@balena/dockerignore"],
    ...["types:release", "types:ecr", "inspection", "dockerfile", "oci"],
    ...["docker", "run", "scratch", "yaml", "wording", "loose", "errors"],
  ],
  lifecycle: ["yaml", "wording", "oci/reference", "loose", "errors"],
  oci: ["wording", "loose", "errors"],
  aws: ["@aws-sdk/credential-providers", "wording", "errors"],
  ecr: [
    "@aws-sdk/client-ecr",
    "@aws-sdk/client-sts",
    "aws",
    "oci/reference",
    "oci/manifest",
    "oci/lag",
    "oci/parallel",
    "oci/pause",
    "errors",
  ],
  "in-use": [
    "@aws-sdk/client-ecs",
    "@aws-sdk/client-lambda",
    "aws",
    "oci/parallel",
    "wording",
    "errors",
  ],
  docker: [
    "run",
    "scratch",
    "oci/reference",
    "oci/manifest",
    "oci/platform",
    "wording",
    "loose",
    "errors",
  ],
  git: ["run", "scratch", "wording", "errors"],
  run: ["execa", "errors"],
  scratch: ["run"],
  // The local ECR shares no code with the client that it tests, or it would share its mistakes.
  local: ["oci/reference", "oci/manifest", "lifecycle", "errors"],
  errors: [],
  // Leaves: text from bytes, YAML with positions, values that others wrote, and values in sentences.
  text: [],
  yaml: ["yaml"],
  loose: [],
  wording: ["fastest-levenshtein"],
};

/** Files of `oci/` that do no input or output, so that pure rooms may have them. */
const pure = ["src/oci/reference.ts", "src/oci/manifest.ts"];

interface Import {
  readonly file: string;
  readonly specifier: string;
  readonly typesOnly: boolean;
}

const files = globSync(["bin/**/*.ts", "commands/**/*.ts", "src/**/*.ts"]);
const form = /^(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s)?"([^"]+)";|import\("([^"]+)"\)/gm;

const imports: readonly Import[] = files.flatMap((file) =>
  [...readFileSync(file, "utf8").matchAll(form)].map(([, type, specifier, dynamic]) => ({
    file,
    specifier: specifier ?? dynamic ?? "",
    typesOnly: type !== undefined,
  })),
);

function roomOf(file: string): string {
  const [top = "", second = ""] = file.split("/");
  return top === "src" ? second.replace(/\.ts$/, "") : top;
}

/** `oci/manifest` for a file of ours, the package's name for anything else. */
function targetOf({ file, specifier }: Import): string {
  if (!specifier.startsWith(".")) return specifier;
  return normalize(join(dirname(file), specifier))
    .replace(/^src\//, "")
    .replace(/\.ts$/, "");
}

function isAllowed(one: Import): boolean {
  const target = targetOf(one);
  const room = roomOf(one.file);
  const [targetRoom = ""] = target.split("/");
  if (target.startsWith("node:") || (one.specifier.startsWith(".") && targetRoom === room))
    return true;
  return (mayImport[room] ?? []).some((allowed) => {
    const name = allowed.replace(/^types:/, "");
    const typesOnly = allowed.startsWith("types:");
    return (name === target || name === targetRoom) && (!typesOnly || one.typesOnly);
  });
}

describe("who may import whom", () => {
  it("sees imports", () => {
    expect(imports.length).toBeGreaterThan(200);
    expect(imports.some(({ typesOnly }) => typesOnly)).toBe(true);
  });

  it("knows every room", () => {
    expect([...new Set(files.map(roomOf))].filter((room) => !(room in mayImport))).toEqual([]);
  });

  it("finds no pipe that runs upward", () => {
    const forbidden = imports.filter((one) => !isAllowed(one));
    expect(forbidden.map((one) => `${one.file} imports ${targetOf(one)}`)).toEqual([]);
  });

  it("keeps input and output out of the pure files", () => {
    const impure = imports.filter(
      ({ file, specifier }) =>
        pure.includes(file) && specifier.startsWith("node:") && specifier !== "node:crypto",
    );
    expect(impure).toEqual([]);
  });

  it("refuses what the table does not allow", () => {
    const bad = (file: string, specifier: string) =>
      isAllowed({ file, specifier, typesOnly: false });
    expect(bad("src/local/server.ts", "../ecr/client.ts")).toBe(false);
    expect(bad("src/release/plan.ts", "../docker/build.ts")).toBe(false);
    expect(bad("src/oci/copy.ts", "execa")).toBe(false);
    expect(bad("src/lifecycle/policy.ts", "../oci/registry.ts")).toBe(false);
  });
});
