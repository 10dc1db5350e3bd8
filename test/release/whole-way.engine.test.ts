import { execFile } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseLayoutContext } from "../../src/oci/reference.ts";
import { useEngine } from "../support/engine.ts";
import { type Project, project } from "../support/project.ts";
import { type Rehearsal, rehearsal, release, verify } from "../support/release.ts";

const dockerfile = `
FROM busybox:1.37 AS build
ARG TARGETARCH
RUN echo "built for $TARGETARCH on $(/bin/uname -m)" > /built
FROM busybox:1.37
COPY --from=build /built /built
COPY note.txt /note.txt
CMD ["/bin/cat", "/built", "/note.txt"]
`;

const lifecycle = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      description: "keep thirty commits",
      selection: {
        tagStatus: "tagged",
        tagPrefixList: ["sha-"],
        countType: "imageCountMoreThan",
        countNumber: 30,
      },
      action: { type: "expire" },
    },
  ],
});

const one = "[us-east-1]";
const two =
  '[us-east-1, { region: eu-west-1, account: "098765432109", role: "arn:aws:iam::098765432109:role/release" }]';

let made: Project;
let local: Rehearsal;
let contexts: Readonly<Record<string, string>>;

function config(targets: string): string {
  return `image: team/hello
platforms: [linux/amd64, linux/arm64]
build: { contexts: ${JSON.stringify(contexts)} }
targets: ${targets}
repository: { create: true }
lifecycle: lifecycle.json
`;
}

beforeAll(async () => {
  ({ contexts } = await useEngine());
  local = await rehearsal();
  made = project({
    Dockerfile: dockerfile,
    "note.txt": "first\n",
    "lifecycle.json": lifecycle,
    "slipway.yaml": config(one),
  });
});

afterAll(async () => {
  made?.[Symbol.dispose]();
  await local?.[Symbol.asyncDispose]();
});

/** docker with credentials for that process alone: an independent client, with none of our code. */
async function docker(uri: string, args: readonly string[]): Promise<string> {
  const { authorizationData } = await new ECRClient({}).send(new GetAuthorizationTokenCommand({}));
  const [host = ""] = uri.split("/");
  const auths = { [host]: { auth: authorizationData?.[0]?.authorizationToken } };
  const DOCKER_AUTH_CONFIG = JSON.stringify({ auths });
  const env = { ...process.env, DOCKER_AUTH_CONFIG };
  // Not the synchronous form: the registry lives in this very process.
  const { stdout } = await promisify(execFile)("docker", args, { env, timeout: 60_000 });
  return stdout;
}

/** The base image's digest, as the layout that stands for it says. */
function baseDigest(): string {
  const { path = "" } = parseLayoutContext(Object.values(contexts)[0] ?? "") ?? {};
  const { manifests } = JSON.parse(readFileSync(join(path, "index.json"), "utf8"));
  return manifests[0].digest;
}

interface IndexSeen {
  readonly digest: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly manifests: readonly { platform: { os: string; architecture: string } }[];
}

async function inspect(uri: string, tag: string): Promise<IndexSeen> {
  const format = ["--format", "{{json .Manifest}}"];
  return JSON.parse(
    await docker(uri, ["buildx", "imagetools", "inspect", `${uri}:${tag}`, ...format]),
  );
}

describe("a release, the whole way", () => {
  let digest: string;
  let uri: string;
  const head = () => made.git("rev-parse", "HEAD");
  const commitTag = () => `sha-${head().slice(0, 12)}`;

  it("builds, publishes and tags one index of both platforms", async () => {
    const { plan, receipt } = await release(made, "1.0.0");
    expect(plan.problems).toEqual([]);
    expect(receipt.content).toBe("build");
    const platforms = receipt.platforms.map(({ platform }) => platform);
    expect(platforms).toEqual(["linux/amd64", "linux/arm64"]);
    expect(receipt.attestations).toBe(2);
    expect(receipt.bases).toEqual([{ name: "busybox:1.37", digest: baseDigest() }]);
    const tags = receipt.targets[0]?.tags.map(({ tag }) => tag);
    expect(tags).toEqual(["1.0.0", commitTag(), "1.0", "1", "latest"]);
    digest = receipt.digest;
    uri = receipt.targets[0]?.uri ?? "";
  });

  it("shows an independent client the same index under every tag", async () => {
    for (const tag of ["1.0.0", "1.0", "1", "latest", commitTag()]) {
      const index = await inspect(uri, tag);
      expect(index.digest).toBe(digest);
      const platforms = index.manifests.map(
        ({ platform }) => `${platform.os}/${platform.architecture}`,
      );
      expect(platforms.sort()).toEqual([
        ...["linux/amd64", "linux/arm64"],
        ...["unknown/unknown", "unknown/unknown"],
      ]);
      expect(index.annotations["org.opencontainers.image.revision"]).toBe(head());
    }
  });

  it.each([
    ["linux/amd64", "built for amd64 on x86_64\nfirst\n"],
    ["linux/arm64", "built for arm64 on aarch64\nfirst\n"],
  ])("runs by digest on %s", async (platform, answer) => {
    const how = ["--rm", "--pull", "always", "--quiet", "--platform", platform];
    expect(await docker(uri, ["run", ...how, `${uri}@${digest}`])).toBe(answer);
  });

  it("does nothing the second time, and asks for no blob", async () => {
    local.requests.length = 0;
    const { plan, receipt } = await release(made, "1.0.0");
    expect(plan.steps.every(({ action }) => action === "keep")).toBe(true);
    expect(receipt.digest).toBe(digest);
    expect(local.requests.length).toBeGreaterThan(3);
    expect(local.requests.filter((entry) => JSON.stringify(entry).includes("/blobs/"))).toEqual([]);
  });

  it("proves itself", async () => {
    const { holds, targets } = await verify(made, "1.0.0");
    const broken = targets.flatMap(({ checks }) => checks.filter((check) => !check.holds));
    expect(broken).toEqual([]);
    expect(holds).toBe(true);
  });

  it("gives the image a second name without building it again", async () => {
    const { receipt, plan } = await release(made, "1.1.0");
    expect(receipt.digest).toBe(digest);
    const actions = new Set(plan.steps.map(({ action }) => action));
    expect(actions).toEqual(new Set(["tag", "keep"]));
  });

  it("refuses a version that another commit has, before any build", async () => {
    made.commit({ "note.txt": "second\n" });
    await expect(release(made, "1.0.0")).rejects.toMatchObject({ code: "PLAN_REFUSED" });
    expect((await inspect(uri, "latest")).digest).toBe(digest);
  });

  it("moves nothing but its own line for a patch of an old one", async () => {
    const { receipt } = await release(made, "1.0.1");
    const tags = receipt.targets[0]?.tags.map(({ tag }) => tag);
    expect(tags).toEqual(["1.0.1", commitTag(), "1.0"]);
    expect((await verify(made, "1.1.0")).holds).toBe(true);
    expect((await verify(made, "1.0.1")).holds).toBe(true);
  });

  it("publishes one build to the registries of two accounts", async () => {
    made.commit({ "slipway.yaml": config(two) });
    const { receipt } = await release(made, "1.2.0");
    const ids = receipt.targets.map(({ id }) => id);
    expect(ids).toEqual(["098765432109/eu-west-1", "123456789012/us-east-1"]);
    expect(receipt.steps.filter(({ step }) => step.action === "build")).toHaveLength(1);
    expect((await verify(made, "1.2.0")).holds).toBe(true);
  });

  it("brings a target that is added later the same digest, from the registry that has it", async () => {
    made.commit({ "slipway.yaml": config(one) });
    const alone = await release(made, "1.3.0");
    rmSync(join(local.cacheDir, "layouts"), { recursive: true });
    const regions = ["us-east-1", "eu-west-1"];
    const { plan, receipt } = await release(made, "1.3.0", { overrides: { regions } });
    expect(plan.content).toMatchObject({ from: "registry", target: "123456789012/us-east-1" });
    expect(receipt.digest).toBe(alone.receipt.digest);
    const added = receipt.targets.find(({ id }) => id.endsWith("eu-west-1"));
    expect(added?.copied?.movedBlobs).toBeGreaterThan(5);
  });
});

it("makes a bare manifest of one platform without attestations, and proves its platform", async () => {
  using alone = project({
    Dockerfile: "FROM busybox:1.37\nCOPY Dockerfile /\n",
    "slipway.yaml": `image: team/alone
platforms: [linux/arm64]
targets: [us-east-1]
build: { contexts: ${JSON.stringify(contexts)} }
repository: { create: true }
attestations: { provenance: none }
`,
  });
  const { receipt } = await release(alone, "1.0.0");
  expect(receipt.mediaType).toContain("manifest");
  expect(receipt.platforms.map(({ platform }) => platform)).toEqual(["linux/arm64"]);
  const { holds, targets } = await verify(alone, "1.0.0");
  expect(holds).toBe(true);
  expect(targets[0]?.platforms[0]?.platform).toMatch(/^linux\/arm64/);
  alone.commit({
    "slipway.yaml":
      "image: team/alone\nplatforms: [linux/amd64]\ntargets: [us-east-1]\nattestations: { provenance: none }\n",
  });
  const other = await verify(alone, "1.0.0");
  const broken = other.targets.flatMap(({ checks }) => checks.filter((check) => !check.holds));
  expect(broken.map(({ name }) => name)).toEqual(["platform linux/amd64"]);
});
