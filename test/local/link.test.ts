import { afterEach, describe, expect, test } from "vitest";
import { openLinks, openPace } from "../../src/local/link.ts";
import { parseLinks } from "../../src/local/link-text.ts";
import { type LocalEcr, type LocalEcrOptions, startLocalEcr } from "../../src/local/server.ts";
import { ecrClient, openRepository, type RepositoryClient } from "./registry.ts";

const mega = 1_000_000;

describe("a direction of a link", () => {
  /** A clock that only waiting moves; as timers do, it oversleeps. */
  function fakeClock(oversleep = 0) {
    let time = 0;
    const wait = async (milliseconds: number) => {
      time += milliseconds + oversleep;
    };
    return { now: () => time, wait };
  }

  test("lets its bytes a second through, whatever the pieces and however late the timers", async () => {
    for (const oversleep of [0, 1, 3]) {
      const clock = fakeClock(oversleep);
      const pace = openPace(10 * mega, clock.now, clock.wait);
      for (let sent = 0; sent < 20 * mega; sent += 50_000) await pace.pass(50_000);
      expect(clock.now()).toBeGreaterThan(1979);
      expect(clock.now()).toBeLessThan(2005);
    }
  });

  test("saves up no more than a burst while it is idle", async () => {
    const clock = fakeClock();
    const pace = openPace(mega, clock.now, clock.wait);
    await clock.wait(60_000);
    await pace.pass(mega);
    expect(clock.now() - 60_000).toBeCloseTo(980);
  });

  test("goes in pieces of milliseconds, never in single bytes nor in megabytes", () => {
    expect(openPace(10).piece).toBe(1024);
    expect(openPace(10 * mega).piece).toBe(50_000);
    expect(openPace(10_000 * mega).piece).toBe(262_144);
  });
});

describe("links", () => {
  test("are none where none is limited", () => {
    expect(openLinks({})).toBeUndefined();
    expect(openLinks({ link: {}, links: { "123456789012/us-east-1": {} } })).toBeUndefined();
    const links = openLinks({ links: { "123456789012/us-east-1": { latencyMs: 5 } } });
    expect(links?.("123456789012/eu-west-1")).toBeUndefined();
    expect(links?.("__proto__")).toBeUndefined();
  });

  test("are one for each registry, and the same one each time", () => {
    const links = openLinks({ link: { bytesPerSecond: mega } });
    const one = links?.("123456789012/us-east-1");
    expect(links?.("123456789012/us-east-1")).toBe(one);
    expect(links?.("123456789012/eu-west-1")).not.toBe(one);
  });

  test("are read from words, for all registries and for one", () => {
    const words = {
      bandwidth: ["50MB/s", "123456789012/us-east-1=1.5MiB"],
      latency: ["20ms", "123456789012/eu-west-1=0.5s"],
    };
    expect(parseLinks(words)).toEqual({
      link: { bytesPerSecond: 50 * mega, latencyMs: 20 },
      links: {
        "123456789012/us-east-1": { bytesPerSecond: 1_572_864, latencyMs: 20 },
        "123456789012/eu-west-1": { bytesPerSecond: 50 * mega, latencyMs: 500 },
      },
    });
  });

  test.each([
    [{ bandwidth: ["fast"], latency: [] }, "'fast' is not a bandwidth, such as 50MB/s"],
    [{ bandwidth: ["0MB/s"], latency: [] }, "'0MB/s' is not a bandwidth, such as 50MB/s"],
    [{ bandwidth: [], latency: ["20"] }, "'20' is not a latency, such as 20ms"],
    [
      { bandwidth: ["us-east-1=5MB/s"], latency: [] },
      "'us-east-1' is not a registry, such as 123456789012/us-east-1",
    ],
  ])("are refused when the words are wrong: %j", (words, message) => {
    expect(() => parseLinks(words)).toThrow(message);
  });
});

describe("a throttled registry", () => {
  let ecr: LocalEcr | undefined;
  afterEach(() => ecr?.close());

  async function open(options: LocalEcrOptions): Promise<RepositoryClient> {
    ecr = await startLocalEcr(options);
    return await openRepository(ecrClient(ecr), "team/app");
  }

  async function milliseconds(work: () => Promise<unknown>): Promise<number> {
    const start = performance.now();
    await work();
    return performance.now() - start;
  }

  /** Content of its own for each number, so that nothing is there already. */
  const content = (number: number, bytes: number) => Buffer.alloc(bytes, number);

  test("takes uploads at its rate, and all connections share it", async () => {
    const repository = await open({ link: { bytesPerSecond: 10 * mega } });
    const parts = [1, 2, 3, 4].map((number) => content(number, 2.5 * mega));
    const time = await milliseconds(() => Promise.all(parts.map(repository.pushBlob)));
    expect(time).toBeGreaterThan(960);
    expect(time).toBeLessThan(1800);
  });

  test("gives downloads from its storage at its rate", async () => {
    const repository = await open({ link: { bytesPerSecond: 10 * mega } });
    const { digest } = await repository.pushBlob(content(5, 10 * mega));
    const time = await milliseconds(async () => {
      const answer = await repository.fetch(`/blobs/${digest}`);
      expect((await answer.arrayBuffer()).byteLength).toBe(10 * mega);
    });
    expect(time).toBeGreaterThan(960);
    expect(time).toBeLessThan(1800);
  });

  test("has a direction for each way", async () => {
    const repository = await open({ link: { bytesPerSecond: 5 * mega } });
    const { digest } = await repository.pushBlob(content(6, 5 * mega));
    const time = await milliseconds(() =>
      Promise.all([
        repository.pushBlob(content(7, 5 * mega)),
        repository.fetch(`/blobs/${digest}`).then((answer) => answer.arrayBuffer()),
      ]),
    );
    expect(time).toBeLessThan(1900);
  });

  test("leaves another registry as quick as it was", async () => {
    const slow = { bytesPerSecond: 100_000, latencyMs: 5000 };
    const repository = await open({ links: { "123456789012/eu-west-1": slow } });
    const time = await milliseconds(() => repository.pushBlob(content(8, mega)));
    expect(time).toBeLessThan(2000);
  });

  test("lets every request wait, side by side", async () => {
    const repository = await open({ link: { latencyMs: 100 } });
    const asks = () => Promise.all([1, 2, 3, 4, 5].map(() => repository.fetch("/tags/list")));
    const time = await milliseconds(asks);
    expect(time).toBeGreaterThan(99);
    expect(time).toBeLessThan(480);
  });

  test("slows a large answer that is not a file, and says the length of one to HEAD at once", async () => {
    const repository = await open({ link: { bytesPerSecond: mega / 3 } });
    const note = "n".repeat(200_000);
    const config = await repository.pushBlob("{}");
    const body = JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config,
      layers: [],
      annotations: { note },
    });
    await repository.putManifest(body, { reference: "large" });
    const head = await milliseconds(() => repository.fetch("/manifests/large", { method: "HEAD" }));
    const get = await milliseconds(async () => {
      const answer = await repository.fetch("/manifests/large");
      expect(await answer.text()).toBe(body);
    });
    expect(head).toBeLessThan(450);
    expect(get).toBeGreaterThan(570);
  });
});
