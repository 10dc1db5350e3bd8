import { createHash } from "node:crypto";
import { DescribeImagesCommand } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";
import {
  ecrClient,
  errorOf,
  indexOf,
  manifestOf,
  ociIndex,
  ociManifest,
  openRepository,
  type RepositoryClient,
  sha256,
} from "./registry.ts";

const time = Date.parse("2026-03-01T12:00:00Z");
let ecr: LocalEcr;
let repository: RepositoryClient;

beforeAll(async () => {
  ecr = await startLocalEcr({ now: () => new Date(time) });
  repository = await openRepository(ecrClient(ecr), "team/app");
});
afterAll(() => ecr.close());

const unknown = sha256("nobody pushed this");

describe("manifests", () => {
  test("come back byte for byte, with type and digest, and PUT tells no Location", async () => {
    const config = await repository.pushBlob("{}");
    const body = `${manifestOf(config, [])}\n `;
    const put = await repository.putManifest(body, { reference: "spaced" });
    expect(put.status).toBe(201);
    expect(put.headers.get("location")).toBeNull();
    for (const reference of ["spaced", sha256(body)]) {
      const get = await repository.fetch(`/manifests/${reference}`);
      expect(await get.text()).toBe(body);
      expect(get.headers.get("content-type")).toBe(ociManifest);
      expect(get.headers.get("docker-content-digest")).toBe(sha256(body));
      const head = await repository.fetch(`/manifests/${reference}`, { method: "HEAD" });
      expect(head.headers.get("content-length")).toBe(String(body.length));
    }
  });

  test("GET is recorded as a pull, HEAD is not", async () => {
    const client = ecrClient(ecr);
    const { digest: imageDigest } = await repository.pushImage("pulled");
    const pulledAt = async () => {
      const ask = { repositoryName: "team/app", imageIds: [{ imageDigest }] };
      const { imageDetails } = await client.send(new DescribeImagesCommand(ask));
      return imageDetails?.[0]?.lastRecordedPullTime?.getTime();
    };
    await repository.fetch(`/manifests/${imageDigest}`, { method: "HEAD" });
    expect(await pulledAt()).toBeUndefined();
    await repository.fetch(`/manifests/${imageDigest}`);
    expect(await pulledAt()).toBe(time);
  });

  test("are named by a sha512 digest too", async () => {
    const config = await repository.pushBlob("{}");
    const body = manifestOf(config, [], { annotations: { named: "sha512" } });
    const reference = `sha512:${createHash("sha512").update(body).digest("hex")}`;
    expect((await repository.putManifest(body, { reference })).status).toBe(201);
    expect((await repository.fetch(`/manifests/${reference}`)).status).toBe(200);
  });

  interface Refused {
    readonly title: string;
    readonly body: () => Promise<string> | string;
    readonly type?: string;
    readonly reference?: string;
    readonly error: { status: number; code: string; message?: unknown };
  }
  const noSyntax =
    "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'";
  const absent = { mediaType: ociManifest, digest: unknown, size: 7 };
  const place = "in the registry with id '123456789012'";
  const refused: readonly Refused[] = [
    {
      title: "a layer is missing",
      body: async () => manifestOf(await repository.pushBlob("{}"), [absent]),
      error: {
        status: 404,
        code: "MANIFEST_BLOB_UNKNOWN",
        message: `Layers with digests '[${unknown}]' required for pushing image into repository with name 'team/app' ${place} do not exist`,
      },
    },
    {
      title: "a child is missing",
      body: () => indexOf([absent]),
      type: ociIndex,
      error: {
        status: 404,
        code: "MANIFEST_BLOB_UNKNOWN",
        message: `Images with digests '[${unknown}]' required for pushing image into repository with name 'team/app' ${place} do not exist`,
      },
    },
    {
      title: "the digest is another one",
      body: async () => manifestOf(await repository.pushBlob("{}"), []),
      reference: unknown,
      error: {
        status: 400,
        code: "MANIFEST_INVALID",
        message: `The image with digest '${unknown}' in repository 'team/app' and registry ID '123456789012' does not match the image digest that Amazon ECR has calculated.`,
      },
    },
    {
      title: "it is not JSON",
      body: () => "{",
      error: { status: 405, code: "UNSUPPORTED", message: noSyntax },
    },
    {
      title: "its media type is not an image's",
      body: () => "{}",
      type: "application/vnd.oci.artifact.manifest.v1+json",
      error: { status: 405, code: "UNSUPPORTED", message: noSyntax },
    },
    {
      title: "its subject has a platform",
      body: async () =>
        manifestOf(await repository.pushBlob("{}"), [], {
          subject: { ...absent, platform: { os: "linux", architecture: "amd64" } },
        }),
      error: { status: 405, code: "UNSUPPORTED", message: noSyntax },
    },
    {
      title: "the tag is not one",
      body: () => "{}",
      reference: "1.0+build",
      error: { status: 400, code: "TAG_INVALID" },
    },
    {
      title: "it is larger than 4 MiB",
      body: () => " ".repeat(4_194_305),
      error: { status: 405, code: "UNSUPPORTED" },
    },
  ];
  test.each(refused)("are refused when $title", async ({ body, type, reference, error }) => {
    const options = { ...(type && { type }), ...(reference && { reference }) };
    const response = await repository.putManifest(await body(), options);
    expect(await errorOf(response)).toMatchObject(error);
  });

  test.each([
    ["/manifests/none", 404, "MANIFEST_UNKNOWN", "Requested image not found"],
    [`/manifests/${unknown}`, 404, "MANIFEST_UNKNOWN", "Requested image not found"],
    ["/manifests/a+b", 400, "TAG_INVALID", "The image tag 'a+b' is not valid"],
    ["/manifests/sha256:12", 400, "DIGEST_INVALID", "The digest is not valid"],
  ])("GET %s: %i", async (path, status, code, message) => {
    expect(await errorOf(await repository.fetch(path))).toEqual({ status, code, message });
    const head = await repository.fetch(path, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([status, ""]);
  });

  test("DELETE of a child of an index is refused until the index is gone", async () => {
    const child = await repository.pushImage("child to delete");
    const index = indexOf([child]);
    await repository.putManifest(index, { type: ociIndex });
    const remove = (digest: string) =>
      repository.fetch(`/manifests/${digest}`, { method: "DELETE" });
    expect(await errorOf(await remove(child.digest))).toEqual({
      status: 405,
      code: "UNSUPPORTED",
      message: `Requested image referenced by manifest list: [${sha256(index)}]`,
    });
    expect((await remove(sha256(index))).status).toBe(202);
    expect((await remove(child.digest)).status).toBe(202);
    expect((await remove(child.digest)).status).toBe(404);
  });

  test("list their referrers, also of a subject that does not exist", async () => {
    const config = await repository.pushBlob("{}");
    const subject = { mediaType: ociManifest, digest: unknown, size: 9 };
    const annotations = { "org.example": "yes" };
    const artifactType = "application/vnd.example.sbom";
    const body = manifestOf(config, [], { subject, artifactType, annotations });
    expect((await repository.putManifest(body)).status).toBe(201);
    const listed = {
      mediaType: ociManifest,
      digest: sha256(body),
      size: body.length,
      artifactType,
      annotations,
    };
    const ask = async (query: string) => await repository.fetch(`/referrers/${unknown}${query}`);
    const all = await ask("");
    expect(all.headers.get("content-type")).toBe(ociIndex);
    expect(await all.json()).toMatchObject({ manifests: [listed] });
    const filtered = await ask("?artifactType=other");
    expect(filtered.headers.get("oci-filters-applied")).toBe("artifactType");
    expect(await filtered.json()).toMatchObject({ manifests: [] });
  });
});
