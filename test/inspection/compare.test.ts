import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inspectImage } from "../../src/inspection/read.ts";
import { builder } from "./images.ts";

describe("an image against another", () => {
  it("says what is pulled, shared, new and gone", async () => {
    const { image, found } = builder();
    const before = image({ config: { User: "1" } }, [{ content: "base" }, { content: "old" }]);
    const now = image({ config: { User: "2" } }, [{ content: "base" }, { content: "newer" }]);
    const { against, platforms } = await inspectImage(found(now), found(before));
    const [change] = against?.platforms ?? [];
    expect(against).toMatchObject({ same: false, digest: before.digest });
    expect(change).toMatchObject({ state: "changed", platform: "linux/amd64" });
    expect(change?.pullBytes).toBe(5 + (platforms[0]?.config.bytes ?? 0));
    expect(Object.values(change?.layers ?? {}).map((digests) => digests.length)).toEqual([1, 1, 1]);
    expect(change?.settings).toEqual([{ name: "user", from: "1", to: "2" }]);
  });

  it("pulls nothing when it is the same", async () => {
    const { image, found } = builder();
    const one = image({}, [{}]);
    const { against } = await inspectImage(found(one), found(one));
    expect(against).toMatchObject({ same: true, platforms: [{ state: "same", pullBytes: 0 }] });
  });

  it("tells platforms that came and went", async () => {
    const { image, index, found } = builder();
    const [amd64, arm64, riscv] = ["amd64", "arm64", "riscv64"].map((architecture) =>
      image({ architecture }, [{ content: architecture }]),
    );
    if (!amd64 || !arm64 || !riscv) throw new Error("three images");
    const inspection = await inspectImage(
      found(index([amd64, riscv])),
      found(index([amd64, arm64])),
    );
    expect(inspection.against?.platforms).toMatchObject([
      { platform: "linux/amd64", state: "same" },
      { platform: "linux/riscv64", state: "added", pullBytes: inspection.platforms[1]?.bytes },
      { platform: "linux/arm64", state: "gone", pullBytes: 0, to: null },
    ]);
  });

  it("takes a platform for the same one however it is written", async () => {
    const { image, index, found } = builder();
    const arm = image({ architecture: "arm64", config: { User: "1" } }, [{}]);
    const before = image({ architecture: "arm64" }, [{}]);
    const platform = { os: "linux", architecture: "arm64" };
    const { against } = await inspectImage(
      found(index([{ ...arm, platform }])),
      found(index([{ ...before, platform: { ...platform, variant: "v8" } }])),
    );
    expect(against?.platforms).toMatchObject([{ platform: "linux/arm64", state: "changed" }]);
    expect(against?.platforms[0]?.settings).toEqual([{ name: "user", from: null, to: "1" }]);
  });

  it("tells what came, went or has another value, by name, and nothing else", async () => {
    const { image, index, found } = builder();
    const [now, before] = [
      [
        { b: "2", same: "x", a: "1" },
        { User: "1", Cmd: ["run"] },
      ] as const,
      [{ c: "1", same: "x", b: "1" }, { User: "1" }] as const,
    ].map(([values, config]) =>
      index([image({ config: { ...config, Labels: values } }, [{}])], { annotations: values }),
    );
    if (!now || !before) throw new Error("two images");
    const { against } = await inspectImage(found(now), found(before));
    const changed = [
      { name: "a", from: null, to: "1" },
      { name: "b", from: "1", to: "2" },
      { name: "c", from: "1", to: null },
    ];
    expect(against?.annotations).toEqual(changed);
    expect(against?.platforms[0]?.labels).toEqual(changed);
    expect(against?.platforms[0]?.settings).toEqual([{ name: "cmd", from: null, to: '["run"]' }]);
  });

  it("sees that a secret changed and shows neither value", async () => {
    const { image, found } = builder();
    const withToken = (value: string) => image({ config: { Env: [`TOKEN=${value}`] } }, [{}]);
    const { against } = await inspectImage(found(withToken("new")), found(withToken("old")));
    expect(against?.platforms[0]?.settings).toEqual([
      { name: "env TOKEN", from: "•••", to: "•••" },
    ]);
  });

  it("shows no secret that stands in quotes in a command", async () => {
    const { image, found } = builder();
    const withToken = (value: string) =>
      image({ config: { Cmd: ["sh", "-c", `TOKEN="${value}" run`] } }, [{}]);
    const { against } = await inspectImage(found(withToken("new a")), found(withToken("old b")));
    const shown = '["sh","-c","TOKEN=•••"]';
    expect(against?.platforms[0]?.settings).toEqual([{ name: "cmd", from: shown, to: shown }]);
  });

  it("pulls exactly what the other does not have, whatever both are made of", async () => {
    const layers = fc.array(fc.constantFrom("a", "bb", "ccc", "dddd", "eeeee"), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(layers, layers, async (left, right) => {
        const { image, found } = builder();
        const of = (contents: readonly string[]) =>
          image(
            {},
            contents.map((content) => ({ content })),
          );
        const { against } = await inspectImage(found(of(left)), found(of(right)));
        const fresh = [...new Set(left)].filter((content) => !right.includes(content));
        expect(against?.platforms[0]?.pullBytes).toBe(fresh.join("").length);
      }),
      { numRuns: 100 },
    );
  });
});
