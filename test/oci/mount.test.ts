import { CreateRepositoryCommand, PutAccountSettingCommand } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type LocalEcr, type RequestLogEntry, startLocalEcr } from "../../src/local/server.ts";
import { copyTree } from "../../src/oci/copy.ts";
import { openRegistry, type Registry } from "../../src/oci/registry.ts";
import { ecrClient, login } from "../local/registry.ts";
import { blobs, image, memorySource, total, tree } from "./memory.ts";
import { expectNothingUnheard } from "./unheard.ts";

let ecr: LocalEcr;
let requests: RequestLogEntry[] = [];

expectNothingUnheard();
beforeAll(async () => {
  ecr = await startLocalEcr({ onRequest: (entry) => requests.push(entry) });
});
afterAll(() => ecr.close());
beforeEach(() => {
  requests = [];
});

/** Two repositories of one registry, each account with its own setting; the first holds the image. */
async function neighbours(account: string, setting: "ENABLED" | "DISABLED", encryption?: object) {
  const client = ecrClient(ecr, { account });
  await client.send(new PutAccountSettingCommand({ name: "BLOB_MOUNTING", value: setting }));
  const { proxy, authorization } = await login(client);
  const [username = "", password = ""] = Buffer.from(authorization.slice(6), "base64")
    .toString()
    .split(":");
  const held = { username, password };
  const open = (repository: string, mountFrom?: readonly string[]): Registry =>
    openRegistry({
      ...{ origin: proxy, repository, mountFrom },
      credentials: async () => held,
    });
  for (const name of ["team/from", "team/to"]) {
    const own = name === "team/to" && encryption;
    await client.send(new CreateRepositoryCommand({ repositoryName: name, ...own }));
  }
  await copyTree(tree, memorySource(image), [open("team/from")]);
  requests = [];
  return {
    from: open("team/from"),
    to: (mountFrom: readonly string[]) => open("team/to", mountFrom),
  };
}

const paths = (method: string) =>
  requests.filter((entry) => entry.method === method).map(({ path }) => path);

describe("blobs of a neighbour", () => {
  it("are mounted, and not a byte is read or sent", async () => {
    const { from, to } = await neighbours("111111111111", "ENABLED");
    const [result] = await copyTree(tree, from, [to(["team/from"])]);
    expect(result).toMatchObject({ movedBytes: 0, mountedBytes: total, refusedMounts: 0 });
    expect(paths("PUT").filter((path) => path.includes("/blobs/"))).toEqual([]);
    expect(paths("GET")).toEqual([]);
    for (const blob of blobs) expect(await to([]).hasBlob(blob)).toBe(true);
  });

  it("are sent by the upload that a refused mount begins", async () => {
    const { from, to } = await neighbours("222222222222", "DISABLED");
    const [result] = await copyTree(tree, from, [to(["team/from"])]);
    expect(result).toMatchObject({
      ...{ movedBytes: total, mountedBlobs: 0, refusedMounts: blobs.length },
      movedManifests: tree.nodes.length,
    });
    expect(paths("POST").length).toBe(blobs.length);
  });

  it("are sent when they are encrypted otherwise", async () => {
    const { from, to } = await neighbours("333333333333", "ENABLED", {
      encryptionConfiguration: { encryptionType: "KMS" },
    });
    const [result] = await copyTree(tree, from, [to(["team/from"])]);
    expect(result).toMatchObject({ movedBytes: total, refusedMounts: blobs.length });
  });

  it("are looked for in the next repository when one does not have them", async () => {
    const { from, to } = await neighbours("444444444444", "ENABLED");
    const [result] = await copyTree(tree, from, [to(["team/none", "team/from"])]);
    expect(result).toMatchObject({ movedBytes: 0, mountedBytes: total, refusedMounts: 0 });
  });
});

it("goes on without a mount that is answered with an error", async () => {
  const { from, to } = await neighbours("555555555555", "ENABLED");
  const fault = { fault: "status", status: 403 } as const;
  const start = { method: "POST", path: "/v2/team/to/blobs/uploads/", nth: 1 };
  ecr.setFaults({ rules: [{ ...start, ...fault }] });
  const [result] = await copyTree(tree, from, [to(["team/from"])]);
  expect(result).toMatchObject({ movedBlobs: 1, mountedBlobs: blobs.length - 1, refusedMounts: 1 });
});

it("takes a blob as mounted when it was, and the answer got lost", async () => {
  const { from, to } = await neighbours("666666666666", "ENABLED");
  const start = { method: "POST", path: "/v2/team/to/blobs/uploads/" };
  ecr.setFaults({ rules: [{ ...start, fault: "lost" }] });
  const [result] = await copyTree(tree, from, [to(["team/from"])]);
  ecr.setFaults(undefined);
  expect(result).toMatchObject({ movedBytes: 0, mountedBytes: total, refusedMounts: 0 });
});
