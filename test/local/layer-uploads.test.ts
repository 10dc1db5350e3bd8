import { createHash } from "node:crypto";
import {
  CompleteLayerUploadCommand,
  GetDownloadUrlForLayerCommand,
  InitiateLayerUploadCommand,
  UploadLayerPartCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";
import { ecrClient, openRepository, refusal, sha256 } from "./registry.ts";

const repositoryName = "team/app";
const fiveMega = 5 * 1024 * 1024;
let ecr: LocalEcr;
let client: ReturnType<typeof ecrClient>;

beforeAll(async () => {
  ecr = await startLocalEcr();
  client = ecrClient(ecr);
  await openRepository(client, repositoryName);
});
afterAll(() => ecr.close());

async function initiate(): Promise<string> {
  const { uploadId = "" } = await client.send(new InitiateLayerUploadCommand({ repositoryName }));
  return uploadId;
}

const upload = (uploadId: string, partFirstByte: number, part: Uint8Array) =>
  client.send(
    new UploadLayerPartCommand({
      repositoryName,
      uploadId,
      partFirstByte,
      partLastByte: partFirstByte + part.length - 1,
      layerPartBlob: part,
    }),
  );

const complete = (uploadId: string, ...layerDigests: string[]) =>
  client.send(new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests }));

describe("layers by the API", () => {
  test("come in parts, and are downloaded from the address that is told", async () => {
    const content = Buffer.alloc(fiveMega + 10, "layer");
    const uploadId = await initiate();
    const first = await upload(uploadId, 0, content.subarray(0, fiveMega));
    expect(first).toMatchObject({ uploadId, repositoryName, lastByteReceived: fiveMega - 1 });
    await upload(uploadId, fiveMega, content.subarray(fiveMega));
    const layerDigest = sha256(content);
    expect(await complete(uploadId, layerDigest)).toMatchObject({ uploadId, layerDigest });
    const ask = new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest });
    const { downloadUrl = "" } = await client.send(ask);
    const bytes = await (await fetch(downloadUrl)).arrayBuffer();
    expect(sha256(new Uint8Array(bytes))).toBe(layerDigest);
  });

  test("that are out of order are refused with the byte to go on from", async () => {
    const uploadId = await initiate();
    await upload(uploadId, 0, Buffer.alloc(10));
    const error = await upload(uploadId, 11, Buffer.alloc(5)).catch((refused: unknown) => refused);
    expect(error).toMatchObject({
      name: "InvalidLayerPartException",
      message: "First byte of the layer part is 11 instead of 10",
      uploadId,
      repositoryName,
      lastValidByteReceived: 9,
    });
  });

  test("that are not what was said are refused", async () => {
    const small = await initiate();
    await upload(small, 0, Buffer.alloc(10));
    expect(await refusal(complete(small, sha256("other")))).toMatch(/^InvalidLayerException: None/);
    expect(await refusal(complete(small, sha256("other")))).toMatch(/^UploadNotFoundException/);
    // The service model lets only the end of an upload say that its parts were too small.
    const tooSmall = await initiate();
    for (const first of [0, 10]) await upload(tooSmall, first, Buffer.alloc(10));
    const whole = sha256(Buffer.alloc(20));
    expect(await refusal(complete(tooSmall, whole))).toBe(
      "LayerPartTooSmallException: All layer parts except the last part should be at least 5MB",
    );
    expect(await refusal(complete(await initiate(), sha256("")))).toMatch(/^EmptyUploadException/);
    const unknown = "00000000-0000-0000-0000-000000000000";
    expect(await refusal(upload(unknown, 0, Buffer.alloc(1)))).toMatch(/^UploadNotFoundException/);
  });

  test("are what any of the digests says, by either algorithm", async () => {
    const digests = [sha256("other"), `sha512:${"0".repeat(128)}`];
    for (const algorithm of ["sha256", "sha512"]) {
      const uploadId = await initiate();
      const content = `one of several, by ${algorithm}`;
      await upload(uploadId, 0, Buffer.from(content));
      const right = `${algorithm}:${createHash(algorithm).update(content).digest("hex")}`;
      const { layerDigest } = await complete(uploadId, ...digests, right);
      expect(layerDigest).toBe(right);
    }
  });

  test("that are there already are refused, and stay", async () => {
    const put = async () => {
      const uploadId = await initiate();
      await upload(uploadId, 0, Buffer.from("twice"));
      return await complete(uploadId, sha256("twice"));
    };
    await put();
    const layerDigest = sha256("twice");
    expect(await refusal(put())).toBe(
      `LayerAlreadyExistsException: Layer with digest '${layerDigest}' already exists in the repository with name 'team/app' in the registry with id '123456789012'`,
    );
    await client.send(new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest }));
  });

  test("that nobody pushed have no address", async () => {
    const layerDigest = sha256("nobody");
    const ask = new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest });
    expect(await refusal(client.send(ask))).toMatch(/^LayersNotFoundException/);
  });
});
