import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  CreateRepositoryCommand,
  DescribeImagesCommand,
  PutImageTagMutabilityCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";
import { useEngine } from "../support/engine.ts";
import { has } from "./clients.ts";
import { ecrClient, login, repositoryClient } from "./registry.ts";

const execute = promisify(execFile);

let ecr: LocalEcr;
let project: string;
let host: string;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  await useEngine();
  ecr = await startLocalEcr();
  const client = ecrClient(ecr);
  const { proxy, authorization } = await login(client);
  host = new URL(proxy).host;
  const auth = authorization.replace("Basic ", "");
  environment = {
    ...process.env,
    ...ecr.env,
    DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [host]: { auth } } }),
  };
  for (const name of ecr.unset) delete environment[name];
  project = await mkdtemp(join(tmpdir(), "local-ecr-clients-"));
  await writeFile(join(project, "greeting"), "hello from a layer\n");
  await writeFile(join(project, "Dockerfile"), "FROM scratch\nCOPY greeting /greeting\n");
});
afterAll(async () => {
  await rm(project, { recursive: true, force: true });
  await ecr.close();
});

async function run(command: string, ...args: string[]): Promise<string> {
  const { stdout } = await execute(command, args, { env: environment, timeout: 120_000 });
  return stdout.trim();
}

async function create(repositoryName: string): Promise<string> {
  await ecrClient(ecr).send(new CreateRepositoryCommand({ repositoryName }));
  return `${host}/${repositoryName}`;
}

/** Builds for two platforms, with provenance, and lets buildx push; the engine forgets the image. */
async function buildAndPush(image: string): Promise<void> {
  const platforms = "--platform=linux/amd64,linux/arm64";
  const provenance = "--provenance=mode=min";
  try {
    await run("docker", "buildx", "build", platforms, provenance, "--push", "-t", image, project);
  } finally {
    await run("docker", "image", "rm", "--force", image);
  }
}

async function digestOf(repository: string, tag: string): Promise<string | null> {
  const client = await repositoryClient(ecrClient(ecr), repository);
  const response = await client.fetch(`/manifests/${tag}`, { method: "HEAD" });
  return response.headers.get("docker-content-digest");
}

test("buildx pushes an index with its attestations, imagetools reads and retags it", async () => {
  const image = await create("buildx/app");
  await buildAndPush(`${image}:1.0`);
  const digest = await digestOf("buildx/app", "1.0");
  const inspect = await run("docker", "buildx", "imagetools", "inspect", `${image}:1.0`);
  expect(inspect).toContain(`Digest:    ${digest}`);
  for (const platform of ["linux/amd64", "linux/arm64", "unknown/unknown"]) {
    expect(inspect).toContain(`Platform:    ${platform}`);
  }
  await run("docker", "buildx", "imagetools", "create", "-t", `${image}:2.0`, `${image}:1.0`);
  expect(await digestOf("buildx/app", "2.0")).toBe(digest);
  const { imageDetails } = await ecrClient(ecr).send(
    new DescribeImagesCommand({ repositoryName: "buildx/app" }),
  );
  expect(imageDetails).toHaveLength(5);
});

test("docker pulls what buildx pushed, and pushes it under another tag", async () => {
  const image = await create("docker/app");
  await buildAndPush(`${image}:1.0`);
  await run("docker", "pull", `${image}:1.0`);
  await run("docker", "tag", `${image}:1.0`, `${image}:pushed`);
  await run("docker", "push", `${image}:pushed`);
  expect(await digestOf("docker/app", "pushed")).toMatch(/^sha256:/);
  await run("docker", "image", "rm", "--force", `${image}:1.0`, `${image}:pushed`);
});

test("docker prints ECR's own sentence for an immutable tag and a missing repository", async () => {
  const image = await create("locked/app");
  await buildAndPush(`${image}:1.0`);
  await ecrClient(ecr).send(
    new PutImageTagMutabilityCommand({
      repositoryName: "locked/app",
      imageTagMutability: "IMMUTABLE",
    }),
  );
  await writeFile(join(project, "greeting"), "another greeting\n");
  await expect(buildAndPush(`${image}:1.0`)).rejects.toThrow(
    "The image tag '1.0' already exists in the 'locked/app' repository and cannot be overwritten because the tag is immutable.",
  );
  await expect(buildAndPush(`${host}/no/such:1.0`)).rejects.toThrow(
    "The repository with name 'no/such' does not exist in the registry with id '123456789012'",
  );
});

test("a build cache goes into the registry and comes back", async () => {
  const image = await create("cache/app");
  const cache = `type=registry,ref=${image}:cache`;
  const to = `--cache-to=${cache},mode=max,image-manifest=true,oci-mediatypes=true`;
  await run("docker", "buildx", "build", to, "--push", "-t", `${image}:1.0`, project);
  await run("docker", "image", "rm", "--force", `${image}:1.0`);
  const again = ["buildx", "build", `--cache-from=${cache}`, "--progress=plain", project];
  const { stderr } = await execute("docker", again, { env: environment });
  expect(stderr).toMatch(/importing cache manifest from [^\n]*cache\/app:cache/);
  expect(stderr).not.toContain("failed to configure registry cache importer");
});

test.skipIf(!has("skopeo"))("skopeo copies an index out and into another repository", async () => {
  const from = await create("skopeo/from");
  const to = await create("skopeo/to");
  await buildAndPush(`${from}:1.0`);
  const { authorization } = await login(ecrClient(ecr));
  const credentials = Buffer.from(authorization.slice(6), "base64").toString();
  const authFile = join(project, "auth.json");
  const auth = Buffer.from(credentials).toString("base64");
  await writeFile(authFile, JSON.stringify({ auths: { [host]: { auth } } }));
  const layout = `oci:${join(project, "layout")}:1.0`;
  const skopeo = (...args: string[]) =>
    run("skopeo", "copy", "--all", "--authfile", authFile, ...args);
  await skopeo("--src-tls-verify=false", `docker://${from}:1.0`, layout);
  await skopeo("--dest-tls-verify=false", layout, `docker://${to}:copied`);
  expect(await digestOf("skopeo/to", "copied")).toBe(await digestOf("skopeo/from", "1.0"));
});

test.skipIf(!has("aws"))("the aws command creates, describes and logs in", async () => {
  const aws = (...args: string[]) =>
    run("aws", "--endpoint-url", ecr.endpoint, "--output", "text", ...args);
  expect(await aws("sts", "get-caller-identity", "--query", "Account")).toBe("123456789012");
  const create = ["create-repository", "--repository-name", "aws/app"];
  const uri = await aws("ecr", ...create, "--query", "repository.repositoryUri");
  expect(uri).toBe(`${host}/aws/app`);
  const password = await aws("ecr", "get-login-password");
  const authorization = `Basic ${Buffer.from(`AWS:${password}`).toString("base64")}`;
  const response = await fetch(`http://${uri.replace("/", "/v2/")}/tags/list`, {
    headers: { authorization },
  });
  expect(await response.json()).toEqual({ name: "aws/app", tags: [] });
  await expect(aws("ecr", ...create)).rejects.toThrow("RepositoryAlreadyExistsException");
});
