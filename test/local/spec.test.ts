import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";
import {
  ecrClient,
  indexOf,
  manifestOf,
  ociIndex,
  type RepositoryClient,
  repositoryClient,
  sha256,
} from "./registry.ts";

// Sections are those of https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
let ecr: LocalEcr;
let repository: RepositoryClient;

beforeAll(async () => {
  ecr = await startLocalEcr({ spec: true });
  // No repository is made: a push makes it.
  repository = await repositoryClient(ecrClient(ecr), "conformance/app");
  await repository.pushImage("there", "there");
});
afterAll(() => ecr.close());

async function open(): Promise<string> {
  const start = await repository.fetch("/blobs/uploads/", { method: "POST" });
  expect(start.status).toBe(202);
  return start.headers.get("location") ?? "";
}

describe("pushing a blob, by the specification", () => {
  test("monolithically, in a single POST", async () => {
    const digest = sha256("single");
    const where = `/blobs/uploads/?digest=${digest}`;
    const headers = { "content-type": "application/octet-stream" };
    const answer = await repository.fetch(where, { method: "POST", headers, body: "single" });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("location")).toBe(`/v2/conformance/app/blobs/${digest}`);
    const blob = await repository.fetch(`/blobs/${digest}`);
    expect(await blob.text()).toBe("single");
    const wrong = await repository.fetch(where, { method: "POST", body: "other" });
    expect(wrong.status).toBe(400);
  });

  test("in chunks, with its progress asked in between", async () => {
    const where = await open();
    const headers = { "content-range": "0-4" };
    const part = await repository.fetch(where, { method: "PATCH", headers, body: "first" });
    expect([part.status, part.headers.get("range")]).toEqual([202, "0-4"]);
    const progress = await repository.fetch(where);
    expect([progress.status, progress.headers.get("range")]).toEqual([204, "0-4"]);
    expect(progress.headers.get("location")).toBe(where);
    const again = await repository.fetch(where, { method: "PATCH", headers, body: "first" });
    expect(again.status).toBe(416);
    const digest = sha256("firstlast");
    const end = await repository.fetch(`${where}?digest=${digest}`, {
      method: "PUT",
      body: "last",
    });
    expect(end.status).toBe(201);
    expect((await repository.fetch(where)).status).toBe(404);
  });

  test("tells of more than ten megabytes how much came", async () => {
    const where = await open();
    const body = Buffer.alloc(11_000_000);
    const part = await repository.fetch(where, { method: "PATCH", body });
    expect(part.headers.get("range")).toBe("0-10999999");
  });

  test("by mounting it from another repository", async () => {
    const other = await repositoryClient(ecrClient(ecr), "conformance/other");
    const { digest } = await other.pushBlob("mounted");
    const where = `/blobs/uploads/?mount=${digest}&from=conformance/other`;
    expect((await repository.fetch(where, { method: "POST" })).status).toBe(201);
    const nowhere = `/blobs/uploads/?mount=${sha256("none")}&from=conformance/other`;
    expect((await repository.fetch(nowhere, { method: "POST" })).status).toBe(202);
    const unnamed = `/blobs/uploads/?mount=${digest}`;
    expect((await repository.fetch(unnamed, { method: "POST" })).status).toBe(202);
  });
});

describe("pushing manifests, by the specification", () => {
  test("tells its location, and its subject when it has one", async () => {
    const config = await repository.pushBlob("{}");
    const subject = { ...config, digest: sha256("not there yet") };
    const body = manifestOf(config, [], { subject });
    const put = await repository.putManifest(body, { reference: "referrer" });
    expect(put.status).toBe(201);
    expect(put.headers.get("location")).toBe(`/v2/conformance/app/manifests/${sha256(body)}`);
    expect(put.headers.get("oci-subject")).toBe(subject.digest);
    const plain = await repository.putManifest(manifestOf(config, []));
    expect(plain.headers.get("oci-subject")).toBeNull();
  });

  test("takes indexes with holes, and fields that ECR does not know", async () => {
    const config = await repository.pushBlob("{}");
    const features = { os: "linux", architecture: "amd64", features: ["sse4"] };
    const hole = { ...config, digest: sha256("hole"), platform: features };
    const put = await repository.putManifest(indexOf([hole]), {
      type: ociIndex,
      reference: "holes",
    });
    expect(put.status).toBe(201);
  });
});

describe("content management, by the specification", () => {
  test("deletes a tag alone, then the manifest, then the blob", async () => {
    const { digest } = await repository.pushImage("gone", "gone");
    const remove = (path: string) => repository.fetch(path, { method: "DELETE" });
    expect((await remove("/manifests/gone")).status).toBe(202);
    expect((await repository.fetch("/manifests/gone")).status).toBe(404);
    expect((await repository.fetch(`/manifests/${digest}`)).status).toBe(200);
    expect((await remove(`/manifests/${digest}`)).status).toBe(202);
    expect((await repository.fetch(`/manifests/${digest}`)).status).toBe(404);
    expect((await remove(`/blobs/${sha256("gone")}`)).status).toBe(202);
    expect((await repository.fetch(`/blobs/${sha256("gone")}`)).status).toBe(404);
    expect((await remove(`/blobs/${sha256("gone")}`)).status).toBe(404);
  });

  test("lists tags as JSON, also for HEAD", async () => {
    for (const method of ["GET", "HEAD"]) {
      const answer = await repository.fetch("/tags/list", { method });
      expect(answer.headers.get("content-type")).toBe("application/json");
      expect(answer.status).toBe(200);
    }
  });
});
