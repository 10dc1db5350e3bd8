import { describe, expect, test } from "vitest";
import type { BuilderFacts, BuilderNode } from "../../src/docker/builder.ts";
import { builderProblems } from "../../src/docker/builder-problems.ts";
import { buildSpec } from "../support/build-spec.ts";

const node: BuilderNode = {
  name: "default",
  status: "running",
  platforms: ["linux/amd64", "linux/arm64"],
  buildkit: "0.25.2",
};

function facts(fields: Partial<BuilderFacts> = {}): BuilderFacts {
  return {
    docker: "28.5.2",
    engine: "28.5.2",
    buildx: "0.29.1",
    builder: { name: "default", driver: "docker", nodes: [node] },
    containerdStore: true,
    knowsOciArtifact: true,
    takesAuthConfig: true,
    ...fields,
  };
}

const withNode = (fields: Partial<BuilderNode>, driver = "docker") =>
  facts({ builder: { name: "farm", driver, nodes: [{ ...node, ...fields }] } });

const codesOf = (...given: Parameters<typeof builderProblems>) =>
  builderProblems(...given).map(({ code }) => code);

test("nothing stands in the way", () => {
  expect(builderProblems(facts(), buildSpec())).toEqual([]);
});

test.each<[string, BuilderFacts, string[]]>([
  [
    "no docker",
    facts({ docker: null, buildx: null, engine: null, builder: null }),
    ["DOCKER_MISSING"],
  ],
  ["no buildx", facts({ buildx: null, builder: null }), ["BUILDX_MISSING"]],
  ["old buildx", facts({ buildx: "0.12.1" }), ["BUILDX_TOO_OLD"]],
  [
    "no engine",
    facts({ engine: null, builder: null, containerdStore: null }),
    ["DOCKER_UNREACHABLE"],
  ],
  ["no builder", facts({ builder: null }), ["BUILDER_MISSING"]],
  ["classic image store", facts({ containerdStore: false }), ["IMAGE_STORE_CLASSIC"]],
  ["old BuildKit", withNode({ buildkit: "0.10.6" }), ["BUILDKIT_TOO_OLD"]],
  [
    "resting remote node",
    withNode({ platforms: [], status: "inactive" }, "remote"),
    ["BUILDER_STOPPED"],
  ],
  ["no emulator", withNode({ platforms: ["linux/amd64"] }), ["EMULATION_MISSING"]],
  ["no arm node", withNode({ platforms: ["linux/amd64"] }, "kubernetes"), ["PLATFORM_MISSING"]],
  [
    "several at once",
    facts({
      containerdStore: false,
      builder: { name: "b", driver: "docker", nodes: [{ ...node, platforms: ["linux/386"] }] },
    }),
    ["IMAGE_STORE_CLASSIC", "EMULATION_MISSING", "EMULATION_MISSING"],
  ],
])("%s", (_, given, codes) => {
  const problems = builderProblems(given, buildSpec());
  expect(problems.map(({ code }) => code)).toEqual(codes);
  for (const { message, remedy } of problems) {
    expect(message).not.toMatch(/\.$/);
    expect(remedy).not.toBe("");
  }
});

test("what is no obstacle", () => {
  // A container builder is started by the build, and has an image store of its own.
  expect(
    codesOf(withNode({ platforms: [], status: "inactive" }, "docker-container"), buildSpec()),
  ).toEqual([]);
  const container = facts({
    containerdStore: false,
    builder: { name: "c", driver: "docker-container", nodes: [node] },
  });
  expect(codesOf(container, buildSpec())).toEqual([]);
  expect(codesOf(withNode({ buildkit: null }), buildSpec())).toEqual([]);
  const remote = facts({ engine: null, builder: { name: "r", driver: "remote", nodes: [node] } });
  expect(codesOf(remote, buildSpec())).toEqual([]);
});

test("platforms are the same with and without the usual variant", () => {
  const arm = withNode({ platforms: ["linux/arm64", "linux/arm/v7"] });
  expect(codesOf(arm, buildSpec({ platforms: ["linux/arm64/v8", "linux/arm"] }))).toEqual([]);
  expect(codesOf(arm, buildSpec({ platforms: ["linux/arm/v6"] }))).toEqual(["EMULATION_MISSING"]);
  expect(codesOf(arm, buildSpec({ platforms: ["windows/amd64"] }))).toEqual(["PLATFORM_MISSING"]);
});

test.each<[string, string, string, string]>([
  ["linux/amd46", "docker", "did you mean linux/amd64?", "--platform linux/amd64, or platforms"],
  ["linx/arm/v7", "remote", "did you mean linux/arm/v7?", "--platform linux/arm/v7, or platforms"],
  ["linux/mips64le", "docker", "for linux/mips64le", "create --name slipway --platform"],
  [
    "windows/amd64",
    "docker",
    "for windows/amd64",
    "create --name slipway --platform windows/amd64",
  ],
  ["windows/amd64", "remote", "for windows/amd64", "create --append --name farm --platform"],
])("%s is on no node of the driver %s", (platform, driver, said, remedied) => {
  const [problem] = builderProblems(withNode({}, driver), buildSpec({ platforms: [platform] }));
  expect(problem?.code).toBe("PLATFORM_MISSING");
  expect(problem?.message.endsWith(said)).toBe(true);
  expect(problem?.remedy).toContain(remedied);
});

test("a builder that was asked for by name is named", () => {
  const [problem] = builderProblems(facts({ builder: null }), buildSpec({ builder: "farm" }));
  expect(problem?.message).toBe("buildx has no builder 'farm'");
});

describe("emulation is wanted only for what runs", () => {
  const amd64 = withNode({ platforms: ["linux/amd64"] });
  const codes = (dockerfile: string, target?: string) =>
    codesOf(amd64, buildSpec(target === undefined ? {} : { target }), dockerfile);

  test.each<[string, string, string[]]>([
    ["copies only", "FROM scratch\nCOPY a /\n", []],
    ["runs", "FROM alpine\nRUN apk add x\n", ["EMULATION_MISSING"]],
    ["runs, in small letters", "from alpine\n  run apk add x\n", ["EMULATION_MISSING"]],
    [
      "cross-compiles",
      "FROM --platform=$BUILDPLATFORM golang AS build\nRUN go build\nFROM scratch\nCOPY --from=build /a /\n",
      [],
    ],
    [
      "cross-compiles through a parent stage",
      "FROM --platform=$BUILDPLATFORM golang AS Tools\nFROM tools AS build\nRUN go build\nFROM scratch\nCOPY --from=build /a /\n",
      [],
    ],
    [
      "compiles on the target",
      "FROM golang AS build\nRUN go build\nFROM scratch\nCOPY --from=build /a /\n",
      ["EMULATION_MISSING"],
    ],
    [
      "runs in a stage that the last one does not need",
      "FROM node AS dev\nRUN npm install\nFROM scratch\nCOPY a /\n",
      [],
    ],
    [
      "runs in a stage that the last one copies from by number",
      "FROM golang\nRUN go build\nFROM scratch\nCOPY --chown=1 --from=0 /a /\n",
      ["EMULATION_MISSING"],
    ],
    [
      "runs in a stage that is copied from by number, though it has a name",
      "FROM golang AS build\nRUN go build\nFROM scratch\nCOPY --from=0 /a /\n",
      ["EMULATION_MISSING"],
    ],
    [
      "runs in a stage that is copied from by its name in other letters",
      "FROM golang AS Build\nRUN go build\nFROM scratch\nCOPY --from=BUILD /a /\n",
      ["EMULATION_MISSING"],
    ],
    ["calls a stage as the image is called", "FROM golang AS golang\nFROM golang\nCOPY a /\n", []],
    [
      "runs in a stage that a cross-compiling one mounts",
      "FROM node AS assets\nRUN npm run build\nFROM --platform=linux/amd64 golang AS build\nRUN \\\n  --mount=type=bind,from=assets,target=/a go build\nFROM scratch\nCOPY --from=build /a /\n",
      ["EMULATION_MISSING"],
    ],
    [
      "names the target platform",
      "FROM --platform=$TARGETPLATFORM alpine\nRUN true\n",
      ["EMULATION_MISSING"],
    ],
    [
      "runs, and writes files in which lines begin as if with a stage",
      "FROM alpine\nRUN make\nCOPY <<EOF <<-'END' /app/\nfrom a import b\nEOF\nFROM x\n\tEND\nENV A=1\n",
      ["EMULATION_MISSING"],
    ],
    [
      "copies only, what a script makes that shifts to the left",
      "FROM --platform=$BUILDPLATFORM alpine AS build\nRUN echo $((1<<N)) <<<N\nFROM scratch\nCOPY --from=build /a /\n",
      [],
    ],
    ["only mentions it", "FROM scratch\n# RUN nothing\nCOPY a \\\n# RUN nothing\n  /\n", []],
    ["is empty", "", ["EMULATION_MISSING"]],
  ])("a Dockerfile that %s", (_, dockerfile, expected) => {
    expect(codes(dockerfile)).toEqual(expected);
  });

  test("a target that the file does not have counts as running", () => {
    expect(codes("FROM scratch AS app\n", "nothere")).toEqual(["EMULATION_MISSING"]);
    expect(codes("FROM scratch AS App\n", "aPP")).toEqual([]);
  });
});
