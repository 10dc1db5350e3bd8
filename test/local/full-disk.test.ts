import { randomBytes } from "node:crypto";
import { readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  CompleteLayerUploadCommand,
  type ECRClient,
  InitiateLayerUploadCommand,
  UploadLayerPartCommand,
} from "@aws-sdk/client-ecr";
import { expect, test } from "vitest";
import { startLocalEcr } from "../../src/local/server.ts";
import { tinyDisk } from "../support/tiny-disk.ts";
import { ecrClient, openRepository, type RepositoryClient, refusal, sha256 } from "./registry.ts";

const repositoryName = "team/app";
const layer = randomBytes(800_000);
const digest = sha256(layer);

/** An upload of the layer, and what its part and its end are answered. */
interface Upload {
  readonly send: () => Promise<string>;
  readonly end: () => Promise<string>;
}

async function byRegistry({ fetch }: RepositoryClient): Promise<Upload> {
  const opened = await fetch("/blobs/uploads/", { method: "POST" });
  const where = opened.headers.get("location") ?? "";
  const statusOf = async (path: string, init: RequestInit) =>
    String((await fetch(path, init)).status);
  return {
    send: () => statusOf(where, { method: "PATCH", body: layer }),
    end: () => statusOf(`${where}?digest=${digest}`, { method: "PUT" }),
  };
}

async function byApi(client: ECRClient): Promise<Upload> {
  const { uploadId } = await client.send(new InitiateLayerUploadCommand({ repositoryName }));
  const upload = { repositoryName, uploadId };
  const part = { partFirstByte: 0, partLastByte: layer.length - 1, layerPartBlob: layer };
  return {
    send: () => refusal(client.send(new UploadLayerPartCommand({ ...upload, ...part }))),
    end: () =>
      refusal(client.send(new CompleteLayerUploadCommand({ ...upload, layerDigests: [digest] }))),
  };
}

/** Leaves so many bytes of a disk free until it is disposed of. */
function fill(dir: string, left: number): Disposable {
  const { bavail, bsize } = statfsSync(dir);
  const file = join(dir, "fill");
  writeFileSync(file, Buffer.alloc(bavail * bsize - left));
  return { [Symbol.dispose]: () => rmSync(file) };
}

test("a layer that the disk took only half of is not kept, whichever plane it came by", async ({
  skip,
}) => {
  using disk = tinyDisk("size=4m") ?? skip("mounting is for root");
  const dir = join(disk.dir, "data");
  await using ecr = await startLocalEcr({ dir });
  const client = ecrClient(ecr);
  const repository = await openRepository(client, repositoryName);
  for (const upload of [await byRegistry(repository), await byApi(client)]) {
    {
      using _ = fill(disk.dir, 400_000);
      expect(await upload.send()).toMatch(/^500$|^ServerException/);
    }
    expect(await upload.end()).toMatch(/^404$|^UploadNotFoundException/);
  }
  expect((await repository.fetch(`/blobs/${digest}`, { method: "HEAD" })).status).toBe(404);
  for (const place of ["blobs/sha256", "uploads"])
    expect(readdirSync(join(dir, place))).toEqual([]);
});
