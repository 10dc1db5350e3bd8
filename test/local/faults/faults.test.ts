import { setTimeout as sleep } from "node:timers/promises";
import {
  BatchGetImageCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  PutImageCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type FaultRule,
  type LocalEcr,
  type RequestLogEntry,
  startLocalEcr,
} from "../../../src/local/server.ts";
import {
  ecrClient,
  endOf,
  errorOf,
  openRepository,
  type RepositoryClient,
  refusal,
  sha256,
} from "../registry.ts";

const repositoryName = "team/app";
const log: RequestLogEntry[] = [];
const hit: string[] = [];
let ecr: LocalEcr;
let client: ReturnType<typeof ecrClient>;
let repository: RepositoryClient;
let layer: string;

beforeAll(async () => {
  ecr = await startLocalEcr({
    onRequest: (entry) => log.push(entry),
    onFault: ({ rule, method, path }) => hit.push(`${rule.fault} ${method} ${path}`),
  });
  client = ecrClient(ecr);
  repository = await openRepository(client, repositoryName);
  await repository.pushImage("there", "1.0");
  layer = (await repository.pushBlob("0123456789".repeat(1000))).digest;
});
afterAll(() => ecr.close());
beforeEach(() => {
  ecr.setFaults(undefined);
  log.length = 0;
  hit.length = 0;
});

function fault(...rules: FaultRule[]): void {
  ecr.setFaults({ rules });
}

function end(path: string, init?: { method?: string; body?: string }): Promise<string> {
  return endOf(repository, path, init);
}

async function tagsNow(): Promise<string[]> {
  ecr.setFaults(undefined);
  const { tags } = (await (await repository.fetch("/tags/list")).json()) as { tags: string[] };
  return tags;
}

async function manifest(reference = "1.0"): Promise<string> {
  return await (await repository.fetch(`/manifests/${reference}`)).text();
}

describe("errors", () => {
  test("a status alone, once, at one path", async () => {
    fault({ path: "/v2/team/app/tags/*", times: 1, fault: "status", status: 503 });
    const [first, second] = [
      await repository.fetch("/tags/list"),
      await repository.fetch("/tags/list"),
    ];
    expect([first.status, await first.text(), second.status]).toEqual([503, "", 200]);
    expect(hit).toEqual(["status GET /v2/team/app/tags/list"]);
    const listed = () => log.filter(({ path }) => path.endsWith("/tags/list"));
    const statuses = () => listed().map(({ status }) => status);
    await expect.poll(statuses, { timeout: 2000 }).toEqual([503, 200]);
  });

  test("a code of the registry API", async () => {
    fault({ plane: "registry", fault: "error", code: "DENIED", status: 403, message: "no" });
    expect(await errorOf(await repository.fetch("/tags/list"))).toEqual({
      status: 403,
      code: "DENIED",
      message: "no",
    });
  });

  test("an exception of the API, for one operation", async () => {
    fault({ operation: "DescribeImages", fault: "error", code: "KmsException", message: "gone" });
    const ask = client.send(new DescribeImagesCommand({ repositoryName }));
    expect(await refusal(ask)).toBe("KmsException: gone");
    await client.send(new DescribeRepositoriesCommand({}));
  });

  test("a rate that is exceeded, in the words of each plane", async () => {
    const { headers } = await repository.fetch(`/blobs/${layer}`, { redirect: "manual" });
    fault({ fault: "throttle" });
    const ask = client.send(new DescribeRepositoriesCommand({}));
    expect(await refusal(ask)).toBe("ThrottlingException: Rate exceeded");
    expect(await errorOf(await repository.fetch("/tags/list"))).toEqual({
      status: 429,
      code: "TOOMANYREQUESTS",
      message: "Rate exceeded",
    });
    const stored = await fetch(headers.get("location") ?? "");
    expect([stored.status, await stored.text()]).toEqual([
      503,
      expect.stringContaining("SlowDown"),
    ]);
  });

  test("a rate is exceeded by what comes at once beyond its burst, and by nothing that waits", async () => {
    fault({ plane: "api", fault: "throttle", perSecond: 20, burst: 3 });
    const ask = () => client.send(new DescribeRepositoriesCommand({}));
    const asked = await Promise.allSettled(Array.from({ length: 8 }, ask));
    const passed = asked.filter(({ status }) => status === "fulfilled").length;
    expect(passed).toBeGreaterThanOrEqual(3);
    expect(passed).toBeLessThan(8);
    await sleep(100);
    await ask();
  });

  test("a call of STS is refused in XML", async () => {
    fault({ operation: "STS", fault: "throttle" });
    const answer = await fetch(ecr.endpoint, { method: "POST", body: "Action=GetCallerIdentity" });
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringContaining("<Code>Throttling</Code>"),
    ]);
  });
});

describe("a reset connection", () => {
  const upload = async () => {
    const start = await repository.fetch("/blobs/uploads/", { method: "POST" });
    return start.headers.get("location") ?? "";
  };
  const body = "x".repeat(500_000);

  test.each<[string, FaultRule]>([
    ["before the body", { method: "PUT", fault: "reset", when: "before" }],
    ["during the body", { method: "PUT", fault: "reset", when: "during" }],
    ["after the body", { method: "PUT", fault: "reset", when: "after" }],
  ])("%s of an upload leaves no blob", async (_, rule) => {
    const where = `${await upload()}?digest=${sha256(body)}`;
    fault(rule);
    expect(await end(where, { method: "PUT", body })).toMatch(/^(ECONNRESET|EPIPE)$/);
    expect(await end(`/blobs/${sha256(body)}`, { method: "HEAD" })).toBe("404 with 0 bytes");
    const logged = () => log.find(({ method }) => method === "PUT")?.status;
    await expect.poll(logged, { timeout: 2000 }).toBe(499);
    expect(log.flatMap(({ error }) => error ?? [])).toEqual([]);
  });

  test("during a body that is none does nothing either", async () => {
    fault({ method: "POST", fault: "reset", when: "during" });
    expect(await end("/blobs/uploads/", { method: "POST" })).toBe("ECONNRESET");
  });

  test("amid the answer comes after so many bytes", async () => {
    fault({ path: "*/manifests/*", fault: "reset", when: "answer", bytes: 100 });
    expect(await end("/manifests/1.0")).toBe("200, ECONNRESET after 100 bytes");
    fault({ plane: "storage", fault: "reset", when: "answer" });
    const { headers } = await repository.fetch(`/blobs/${layer}`, { redirect: "manual" });
    const location = headers.get("location") ?? "";
    const answer = await fetch(location);
    await expect(answer.arrayBuffer()).rejects.toThrow("terminated");
  });
});

describe("a lost answer", () => {
  test("of PutImage is a tag that is there", async () => {
    const imageManifest = await manifest();
    fault({ operation: "PutImage", nth: 1, fault: "lost" });
    const put = (imageTag: string) =>
      client.send(new PutImageCommand({ repositoryName, imageManifest, imageTag }));
    expect(await refusal(put("lost"))).toMatch(/ECONNRESET|socket hang up/);
    expect(await refusal(put("lost"))).toMatch(/^ImageAlreadyExistsException/);
    expect(await tagsNow()).toContain("lost");
  });

  test("of an upload is a blob that is there, after silence", async () => {
    const start = await repository.fetch("/blobs/uploads/", { method: "POST" });
    fault({ method: "PUT", fault: "lost", milliseconds: 150 });
    const began = performance.now();
    const where = `${start.headers.get("location")}?digest=${sha256("late")}`;
    expect(await end(where, { method: "PUT", body: "late" })).toBe("ECONNRESET");
    expect(performance.now() - began).toBeGreaterThan(145);
    expect(await end(`/blobs/${sha256("late")}`, { method: "HEAD" })).toBe("200 with 0 bytes");
  });
});

describe("a slow registry", () => {
  async function milliseconds(work: Promise<unknown>): Promise<number> {
    const began = performance.now();
    await work;
    return performance.now() - began;
  }

  test.each<["before" | "answer"]>([["before"], ["answer"]])(
    "stalls %s, and then goes on",
    async (when) => {
      fault({ fault: "stall", when, milliseconds: 200 });
      expect(await milliseconds(manifest())).toBeGreaterThan(195);
      expect(JSON.parse(await manifest())).toMatchObject({ schemaVersion: 2 });
    },
  );

  test("stops to wait when the client has left", async () => {
    fault({ method: "GET", fault: "stall", milliseconds: 60_000 });
    const signal = AbortSignal.timeout(50);
    await expect(repository.fetch("/tags/list", { signal })).rejects.toThrow();
    const left = () => log.some(({ status }) => status === 499);
    await expect.poll(left, { timeout: 2000 }).toBe(true);
  });

  test("crawls", async () => {
    fault({ plane: "storage", fault: "slow", bytesPerSecond: 40_000 });
    const pull = repository.fetch(`/blobs/${layer}`).then((answer) => answer.arrayBuffer());
    expect(await milliseconds(pull)).toBeGreaterThan(220);
  });
});

describe("content that lies", () => {
  test("ends short of what was announced", async () => {
    fault({ path: "*/manifests/*", fault: "truncate", bytes: 7 });
    expect(await end("/manifests/1.0")).toBe("200, ECONNRESET after 7 bytes");
  });

  test("is announced as short as it is cut", async () => {
    const whole = await manifest();
    fault({ path: "*/manifests/*", fault: "truncate", announced: "cut" });
    expect(await manifest()).toBe(whole.slice(0, Math.floor(whole.length / 2)));
  });

  test("differs in one byte", async () => {
    const whole = await manifest();
    fault({ path: "*/manifests/*", fault: "corrupt" });
    const differing = [...(await manifest())].filter((character, at) => character !== whole[at]);
    expect(differing).toHaveLength(1);
    fault({ plane: "storage", fault: "corrupt", byte: 0 });
    const blob = await (await repository.fetch(`/blobs/${layer}`)).text();
    expect(blob.slice(0, 3)).toBe("112");
    expect(blob).toHaveLength(10_000);
  });

  test("names digests that are others, on both planes", async () => {
    const digest = sha256(await manifest());
    fault({ fault: "digest" });
    const head = await repository.fetch("/manifests/1.0", { method: "HEAD" });
    expect(head.headers.get("docker-content-digest")).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(head.headers.get("docker-content-digest")).not.toBe(digest);
    const imageIds = [{ imageTag: "1.0" }];
    const { images } = await client.send(new BatchGetImageCommand({ repositoryName, imageIds }));
    expect(images?.[0]?.imageId?.imageDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(images?.[0]?.imageId?.imageDigest).not.toBe(digest);
  });
});
