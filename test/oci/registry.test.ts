import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { CreateRepositoryCommand, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalEcr, type RequestLogEntry, startLocalEcr } from "../../src/local/server.ts";
import { readWhole } from "../../src/oci/chunks.ts";
import { copyTree } from "../../src/oci/copy.ts";
import { type Layout, openLayout } from "../../src/oci/layout.ts";
import { type Descriptor, digestOf } from "../../src/oci/manifest.ts";
import { openRegistry, type Registry } from "../../src/oci/registry.ts";
import { blobsOf, readTree, type Tree } from "../../src/oci/tree.ts";
import { ecrClient } from "../local/registry.ts";
import { writeLayout } from "../support/layout.ts";
import { expectNothingUnheard } from "./unheard.ts";

const hour = 3_600_000;
let now = Date.now();
let ecr: LocalEcr;
let requests: RequestLogEntry[] = [];
let directory: string;
let layout: Layout;
let tree: Tree;

expectNothingUnheard();
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "layout-"));
  writeLayout(directory, { layers: [300_000, 0, 5000], attestations: true });
  layout = await openLayout(directory);
  tree = await readTree(layout.root, layout);
  ecr = await startLocalEcr({
    now: () => new Date(now),
    onRequest: (entry) => requests.push(entry),
  });
});
afterAll(async () => {
  await ecr.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A repository in a region, which is a registry of its own; it is made unless it `exists` not. */
async function repository(
  name: string,
  { region = "us-east-1", exists = true } = {},
): Promise<Registry> {
  const client = ecrClient(ecr, { region });
  if (exists) await client.send(new CreateRepositoryCommand({ repositoryName: name }));
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
  const { authorizationToken = "", proxyEndpoint = "" } = authorizationData?.[0] ?? {};
  const [username = "", password = ""] = Buffer.from(authorizationToken, "base64")
    .toString()
    .split(":");
  const credentials = async () => ({ username, password });
  return openRegistry({ origin: proxyEndpoint, repository: name, credentials });
}

const manifestsAt = (registry: Registry) =>
  Promise.all(tree.nodes.map(({ manifest }) => registry.hasManifest(manifest.digest)));

describe("a registry as ECR is one", () => {
  it("takes a layout of two platforms and gives it back byte for byte", async () => {
    const registry = await repository("there/and-back");
    expect(await registry.hasManifest(tree.root)).toBe(false);
    const [result] = await copyTree(tree, layout, [registry]);
    expect(result).toMatchObject({ state: "copied", movedManifests: 5 });
    const pulled = await readTree({ digest: tree.root, mediaType: "" }, registry);
    expect(new Map(pulled.nodes.map(({ manifest }) => [manifest.digest, manifest]))).toEqual(
      new Map(tree.nodes.map(({ manifest }) => [manifest.digest, manifest])),
    );
    for (const blob of blobsOf(tree.nodes)) {
      expect(await registry.hasBlob(blob)).toBe(true);
      expect(digestOf(await readWhole(await registry.blob(blob), blob.size))).toBe(blob.digest);
    }
  });

  it("takes from another registry, and is asked nothing twice", async () => {
    const [one, two] = [
      await repository("promoted"),
      await repository("promoted", { region: "eu-west-1" }),
    ];
    await copyTree(tree, layout, [one]);
    requests = [];
    const [result] = await copyTree(tree, one, [two]);
    expect(result).toMatchObject({ state: "copied" });
    const reads = requests.filter(({ method, status }) => method === "GET" && status === 307);
    expect(reads.length).toBe(blobsOf(tree.nodes).length);
    expect(requests.filter(({ status }) => status >= 400 && status !== 404)).toEqual([]);
    requests = [];
    expect(await copyTree(tree, one, [two])).toMatchObject([{ movedBlobs: 0, movedManifests: 0 }]);
    expect(requests.map(({ method }) => method)).toEqual(["HEAD"]);
  });

  it("takes a blob of no bytes", async () => {
    const registry = await repository("empty");
    const empty = { mediaType: "text/plain", digest: digestOf(""), size: 0 };
    await registry.putBlob(empty, Readable.from([]));
    expect(await registry.hasBlob(empty)).toBe(true);
    expect((await readWhole(await registry.blob(empty), 0)).length).toBe(0);
  });

  it("refuses a blob that is there with another size than a manifest says", async () => {
    const registry = await repository("of-other-size");
    await copyTree(tree, layout, [registry]);
    const [blob] = blobsOf(tree.nodes) as [Descriptor];
    await expect(registry.hasBlob({ ...blob, size: blob.size + 7 })).rejects.toMatchObject({
      code: "CONTENT_CORRUPT",
      message: `blob ${blob.digest} has ${blob.size} bytes in the registry, and a manifest says ${blob.size + 7}`,
    });
  });

  it("says what is not there", async () => {
    const registry = await repository("bare");
    const absent = { mediaType: "text/plain", digest: digestOf("absent"), size: 6 };
    const notFound = {
      code: "NOT_FOUND",
      message: `${absent.digest} does not exist in the registry`,
    };
    expect(await registry.hasBlob(absent)).toBe(false);
    expect(await registry.hasManifest(absent.digest)).toBe(false);
    await expect(registry.manifest(absent)).rejects.toMatchObject(notFound);
    await expect(registry.blob(absent)).rejects.toMatchObject(notFound);
  });

  it("says that there is no such repository", async () => {
    const registry = await repository("nowhere", { exists: false });
    const [result] = await copyTree(tree, layout, [registry]);
    expect(result).toMatchObject({ state: "failed", error: { code: "NOT_FOUND" } });
    const [{ manifest }] = tree.nodes as [Tree["nodes"][0]];
    await expect(registry.putManifest(manifest)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("refuses a parent without its children, and says why", async () => {
    const registry = await repository("orphan");
    const root = tree.nodes.at(-1)?.manifest;
    if (root === undefined) throw new Error("no root");
    await expect(registry.putManifest(root)).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining("Images with digests"),
    });
    expect(await manifestsAt(registry)).not.toContain(true);
  });

  it("takes no token that has expired", async () => {
    const registry = await repository("late");
    now += 13 * hour;
    const [result] = await copyTree(tree, layout, [registry]);
    expect(result).toMatchObject({ state: "failed", error: { code: "ACCESS_DENIED" } });
    await expect(registry.manifest({ digest: tree.root, mediaType: "" })).rejects.toMatchObject({
      code: "ACCESS_DENIED",
      message: expect.stringContaining("403"),
    });
  });

  it("is asked with a new token as soon as there is one", async () => {
    const old = await repository("renewed");
    now += 13 * hour;
    const fresh = await repository("renewed", { exists: false });
    await expect(old.hasManifest(tree.root)).rejects.toMatchObject({ code: "ACCESS_DENIED" });
    expect(await fresh.hasManifest(tree.root)).toBe(false);
  });
});
