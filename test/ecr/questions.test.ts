import {
  DescribeRepositoriesCommand,
  ECRClient,
  UpdateImageStorageClassCommand,
} from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openEcr, unlogged } from "../../src/ecr/client.ts";
import type { Ecr, FoundManifest, NewRepository } from "../../src/ecr/types.ts";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";
import { ecrClient, manifestOf, ociManifest, repositoryClient } from "../local/registry.ts";
import { afterBody, serve } from "../oci/server.ts";

let local: LocalEcr;
let ecr: Ecr;

const app = { name: "team/app" };
const nowhere = { name: "no/where" };
const account = "123456789012";
const plain: NewRepository = {
  mutability: "MUTABLE",
  mutabilityExclusions: [],
  scanOnPush: false,
  encryption: { type: "AES256" },
  resourceTags: {},
};

beforeEach(async () => {
  local = await startLocalEcr();
  for (const name of local.unset) vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries(local.env)) vi.stubEnv(name, value);
  ecr = openEcr({ region: "us-east-1" });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await local.close();
});

/** Pushes an image of this content, under a tag or under none. */
async function push(content: string, tag?: string): Promise<FoundManifest> {
  const client = await repositoryClient(ecrClient(local), app.name);
  const { digest } = await client.pushImage(content, tag);
  const [found] = await ecr.manifests(app, [{ digest: digest as FoundManifest["digest"] }]);
  if (found === undefined) throw new Error("it is not there");
  return found;
}

it("no answer is copied for a logger", async () => {
  const told: unknown[] = [];
  const silent = () => {};
  const info = (...words: unknown[]) => void told.push(words);
  const logger = { debug: silent, info, warn: silent, error: silent };
  const client = new ECRClient({ region: "us-east-1", logger });
  await unlogged(client).send(new DescribeRepositoriesCommand());
  expect(told).toEqual([]);
});

describe("a repository", () => {
  it("is made as it was asked for, and found", async () => {
    const settings = {
      ...plain,
      mutability: "MUTABLE_WITH_EXCLUSION" as const,
      mutabilityExclusions: ["1.*.*", "sha-*"],
      resourceTags: { team: "app" },
    };
    const made = await ecr.createRepository(app, settings);
    expect(made).toEqual({
      name: "team/app",
      registryId: account,
      uri: expect.stringMatching(/^127\.0\.0\.1:\d+\/team\/app$/),
      mutability: "MUTABLE_WITH_EXCLUSION",
      mutabilityExclusions: ["1.*.*", "sha-*"],
    });
    expect(await ecr.repository(app)).toEqual(made);
    expect(await ecr.repository({ ...app, registryId: account })).toEqual(made);
  });

  it("that another made first is as good", async () => {
    const made = await Promise.all([
      ecr.createRepository(app, plain),
      ecr.createRepository(app, plain),
    ]);
    expect(made[0]).toEqual(made[1]);
  });

  it("that is not there is no error until something is asked of it", async () => {
    const notFound = {
      code: "NOT_FOUND",
      message: "repository no/where in us-east-1 does not exist",
    };
    expect(await ecr.repository(nowhere)).toBeUndefined();
    expect(await ecr.taggedImages(nowhere)).toEqual([]);
    expect(await ecr.lifecyclePolicy(nowhere)).toBeUndefined();
    await expect(ecr.manifests(nowhere, [{ tag: "1.4.0" }])).rejects.toMatchObject(notFound);
    await expect(ecr.putLifecyclePolicy(nowhere, '{"rules":[]}')).rejects.toMatchObject({
      code: expect.stringMatching(/^(NOT_FOUND|AWS_FAILED)$/),
    });
  });
});

describe("images", () => {
  it("are listed when they are tagged, with all their tags", async () => {
    await ecr.createRepository(app, plain);
    const image = await push("one", "1.4.0");
    await push("two");
    expect(await ecr.tag(app, "latest", image)).toBe("tagged");
    const [only, ...more] = await ecr.taggedImages(app);
    expect(more).toEqual([]);
    expect(only).toMatchObject({ digest: image.digest, status: "ACTIVE" });
    expect([...(only?.tags ?? [])].sort()).toEqual(["1.4.0", "latest"]);
  });

  it("are given byte for byte, many at once, those that are not there left out", async () => {
    await ecr.createRepository(app, plain);
    const image = await push("one", "1.4.0");
    const absent = Array.from({ length: 250 }, (_, at) => ({ tag: `absent-${at}` }));
    expect(await ecr.manifests(app, [...absent, { tag: "1.4.0" }])).toEqual([
      { ...image, tag: "1.4.0" },
    ]);
    expect(await ecr.manifests(app, [])).toEqual([]);
  });
});

describe("a tag", () => {
  it.each(["MUTABLE", "IMMUTABLE"] as const)(
    "that is there is no error: %s",
    async (mutability) => {
      await ecr.createRepository(app, { ...plain, mutability });
      const image = await push("one");
      expect(await ecr.tag(app, "1.4.0", image)).toBe("tagged");
      expect(await ecr.tag(app, "1.4.0", image)).toBe("already");
    },
  );

  it("moves where it may", async () => {
    await ecr.createRepository(app, plain);
    const [one, two] = [await push("one", "latest"), await push("two")];
    expect(await ecr.tag(app, "latest", two)).toBe("tagged");
    expect(await ecr.manifests(app, [{ tag: "latest" }])).toMatchObject([{ digest: two.digest }]);
    expect(one.digest).not.toBe(two.digest);
  });

  it("does not move where it may not, and says who has it", async () => {
    await ecr.createRepository(app, { ...plain, mutability: "IMMUTABLE" });
    const [one, two] = [await push("one", "1.4.0"), await push("two")];
    await expect(ecr.tag(app, "1.4.0", two)).rejects.toMatchObject({
      code: "TAG_IMMUTABLE",
      message: `tag 1.4.0 of team/app in us-east-1 is ${one.digest} and cannot be moved to ${two.digest}`,
    });
  });
});

describe("a lifecycle policy", () => {
  it("is put, read and none at first", async () => {
    const rule = {
      rulePriority: 1,
      selection: { tagStatus: "untagged", countType: "imageCountMoreThan", countNumber: 3 },
      action: { type: "expire" },
    };
    const text = JSON.stringify({ rules: [rule] });
    await ecr.createRepository(app, plain);
    expect(await ecr.lifecyclePolicy(app)).toBeUndefined();
    await ecr.putLifecyclePolicy(app, text);
    expect(JSON.parse((await ecr.lifecyclePolicy(app)) ?? "")).toEqual({ rules: [rule] });
  });
});

describe("registries", () => {
  it("of regions are apart", async () => {
    await ecr.createRepository(app, plain);
    expect(await openEcr({ region: "eu-west-1" }).repository(app)).toBeUndefined();
  });

  it("of accounts are reached by a role for each", async () => {
    const role = "arn:aws:iam::098765432109:role/release";
    const other = openEcr({ region: "us-east-1", role, sessionName: "ci-7" });
    expect(await other.identity()).toEqual({
      account: "098765432109",
      arn: "arn:aws:sts::098765432109:assumed-role/release/ci-7",
    });
    expect(await other.createRepository(app, plain)).toMatchObject({ registryId: "098765432109" });
    expect(await ecr.repository(app)).toBeUndefined();
    expect((await other.token()).origin).not.toBe((await ecr.token()).origin);
  });
});

describe("an AWS that says no", () => {
  it.each([
    ["UnrecognizedClientException", "CREDENTIALS_MISSING"],
    ["ExpiredTokenException", "CREDENTIALS_MISSING"],
    ["AccessDeniedException", "ACCESS_DENIED"],
    ["RepositoryNotFoundException", "NOT_FOUND"],
    ["InvalidParameterException", "AWS_FAILED"],
  ])("%s is %s, and is asked once", async (name, code) => {
    await using server = await serve((request, response) =>
      afterBody(request, () => response.writeHead(400).end(JSON.stringify({ __type: name }))),
    );
    vi.stubEnv("AWS_ENDPOINT_URL_ECR", server.origin);
    const refused = openEcr({ region: "us-east-1" }).manifests(app, [{ tag: "1.4.0" }]);
    await expect(refused).rejects.toMatchObject({ code });
    expect(server.asked.length).toBe(1);
  });

  it("an action that is not allowed is named, with what it was asked about", async () => {
    await using server = await serve((request, response) =>
      afterBody(request, () => response.writeHead(400).end('{"__type":"AccessDeniedException"}')),
    );
    vi.stubEnv("AWS_ENDPOINT_URL_ECR", server.origin);
    const refused = await openEcr({ region: "us-east-1" })
      .taggedImages({ ...app, registryId: account })
      .catch((error) => error);
    expect(refused.message).toContain("ecr:DescribeImages");
    expect(refused.message).toContain("team/app");
  });
});

describe("an AWS that cannot be reached", () => {
  it("is asked three times, and then told, soon", async () => {
    await using server = await serve((request) => request.socket.resetAndDestroy());
    vi.stubEnv("AWS_ENDPOINT_URL_ECR", server.origin);
    const began = performance.now();
    await expect(openEcr({ region: "us-east-1" }).repository(app)).rejects.toMatchObject({
      code: "AWS_UNREACHABLE",
      message: expect.stringContaining("ecr:DescribeRepositories"),
    });
    expect(server.asked.length).toBe(3);
    expect(performance.now() - began).toBeLessThan(3000);
  });

  it("is not asked any more once Slipway is stopped", async () => {
    await using server = await serve(() => {});
    vi.stubEnv("AWS_ENDPOINT_URL_ECR", server.origin);
    const stop = new AbortController();
    const asking = openEcr({ region: "us-east-1" }, stop.signal).repository(app);
    setTimeout(() => stop.abort(), 50);
    await expect(asking).rejects.toMatchObject({ code: "INTERRUPTED" });
  });
});

describe("referrers of an image", () => {
  it("are all listed, over several pages, archived ones too", async () => {
    await ecr.createRepository(app, plain);
    const { digest } = await push("image", "1.0.0");
    const client = await repositoryClient(ecrClient(local), app.name);
    const config = await client.pushBlob("{}");
    const subject = { mediaType: ociManifest, digest, size: 9 };
    const names = Array.from({ length: 55 }, (_, at) => `${at}`);
    for (const name of names) {
      const more = { subject, artifactType: "application/x", annotations: { name } };
      await client.putManifest(manifestOf(config, [], more));
    }
    const found = await ecr.referrers(app, digest);
    expect(found.map(({ annotations }) => annotations.name).sort()).toEqual(names.sort());
    expect(found[0]).toMatchObject({ artifactType: "application/x", mediaType: ociManifest });
    const [archived] = found;
    await ecrClient(local).send(
      new UpdateImageStorageClassCommand({
        repositoryName: app.name,
        imageId: { imageDigest: archived?.digest },
        targetStorageClass: "ARCHIVE",
      }),
    );
    const states = (await ecr.referrers(app, digest)).map(({ status }) => status);
    expect(states.filter((status) => status === "ARCHIVED")).toHaveLength(1);
    expect(states).toHaveLength(55);
  });

  it("are none where nothing refers to it", async () => {
    await ecr.createRepository(app, plain);
    const { digest } = await push("image", "1.0.0");
    expect(await ecr.referrers(app, digest)).toEqual([]);
  });
});
