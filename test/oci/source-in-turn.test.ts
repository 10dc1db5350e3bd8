import { describe, expect, it } from "vitest";
import { SlipwayError } from "../../src/errors.ts";
import { copyTree } from "../../src/oci/copy.ts";
import { type Holder, sourceInTurn } from "../../src/oci/source-in-turn.ts";
import { readTree } from "../../src/oci/tree.ts";
import { image, largest, memorySink, memorySource, total, tree } from "./memory.ts";
import { expectNothingUnheard } from "./unheard.ts";
import { tryWithoutWaiting } from "./without-waiting.ts";

const passing = new SlipwayError("REGISTRY_UNAVAILABLE", "come back later");
const denied = new SlipwayError("ACCESS_DENIED", "no");
const gone = new SlipwayError("NOT_FOUND", "gone");
const stopped = new SlipwayError("INTERRUPTED", "stopped");

expectNothingUnheard();
tryWithoutWaiting();

type Fails = "not" | SlipwayError | { readonly amid: Error } | "other bytes" | "too few bytes";

/** Somebody who has the image, and counts what is asked; `fails` at every blob, or at those of `of`. */
function holder(name: string, fails: Fails = "not", of?: string) {
  const asked: string[] = [];
  const whole = memorySource(image);
  const other = memorySource(image, (digest) => {
    const bytes = Buffer.from(image.blobs.get(digest) as Buffer);
    if (fails === "too few bytes") return bytes.subarray(1);
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    return bytes;
  });
  const held: Holder = {
    place: { name, remedy: [] },
    manifest: async (descriptor) => {
      asked.push(descriptor.digest);
      if (fails instanceof SlipwayError) throw fails;
      return await whole.manifest(descriptor);
    },
    blob: async (descriptor) => {
      asked.push(descriptor.digest);
      if (fails === "not" || (of ?? descriptor.digest) !== descriptor.digest) {
        return await whole.blob(descriptor);
      }
      if (fails instanceof SlipwayError) throw fails;
      if (typeof fails === "string") return await other.blob(descriptor);
      return brokenOff(await whole.blob(descriptor), fails.amid);
    },
  };
  return { ...held, asked };
}

async function* brokenOff(chunks: AsyncIterable<Buffer>, error: Error) {
  for await (const chunk of chunks) {
    yield chunk.subarray(0, 1);
    throw error;
  }
}

const copied = (holders: readonly Holder[]) =>
  copyTree(tree, sourceInTurn(holders), [memorySink()]);

describe("where a holder fails, the next one gives", () => {
  it.each<[string, Fails]>([
    ["that refuses", denied],
    ["that lacks it", gone],
    ["that is down", passing],
    ["that breaks off each time", { amid: passing }],
    ["that is refused amid a blob", { amid: denied }],
    ["that has other bytes", "other bytes"],
    ["that ends too early", "too few bytes"],
  ])("its blobs: one %s", async (_how, fails) => {
    const [first, second] = [holder("a", fails), holder("b")];
    const [result] = await copied([first, second]);
    expect(result).toMatchObject({ state: "copied", movedBytes: total });
    expect(first.asked.length).toBeGreaterThan(0);
  });

  it("its manifests", async () => {
    const source = sourceInTurn([holder("a", denied), holder("b")]);
    expect((await readTree(image.root, source)).nodes.length).toBe(tree.nodes.length);
  });

  it("and is not asked again where another one gives", async () => {
    const [first, second] = [holder("a", denied), holder("b")];
    const source = sourceInTurn([first, second]);
    for (const { manifest } of tree.nodes) await source.manifest(manifest);
    expect(first.asked.length).toBe(1);
  });

  it("also when each lacks something else", async () => {
    const [, , other] = [...tree.nodes.flatMap(({ blobs }) => blobs)];
    const holders = [
      holder("a", { amid: passing }, largest.digest),
      holder("b", { amid: passing }, other?.digest),
    ];
    expect((await copied(holders))[0]).toMatchObject({ state: "copied", movedBytes: total });
  });

  it("and that is told once", async () => {
    const told: string[] = [];
    const source = sourceInTurn([holder("a", denied), holder("b")], ({ place }, error) =>
      told.push(`${place.name} ${error.message}`),
    );
    await copyTree(tree, source, [memorySink()]);
    expect(told).toEqual(["a no"]);
  });
});

describe("where all fail", () => {
  it.each<[string, Fails, Fails]>([
    ["at once", denied, gone],
    ["amid a blob", { amid: passing }, { amid: passing }],
    ["for good, amid a blob", "other bytes", { amid: denied }],
    ["each in its own way", { amid: passing }, "too few bytes"],
  ])("the error names each: %s", async (_how, one, other) => {
    const holders = [holder("first", one), holder("second", other)];
    const [result] = await copied(holders);
    expect(result?.state).toBe("failed");
    const { error } = result as { error: SlipwayError };
    expect(error.message).toContain("from first: ");
    expect(error.message).toContain("nor from second: ");
  });

  it("everybody is asked again while that may help, a bounded number of times", async () => {
    const holders = [holder("a", { amid: passing }), holder("b", { amid: passing })];
    await copied(holders);
    const times = holders.flatMap(({ asked }) => asked).filter((one) => one === largest.digest);
    expect(times.length).toBe(5);
  });

  it("nobody is asked again for what nobody has", async () => {
    const holders = [holder("a", gone), holder("b", gone)];
    const source = sourceInTurn(holders);
    await expect(source.blob(largest)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(source.blob(largest)).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(holders.map(({ asked }) => asked.length)).toEqual([1, 1]);
  });
});

it("who stops it stops all of it", async () => {
  const second = holder("b");
  await expect(sourceInTurn([holder("a", stopped), second]).blob(largest)).rejects.toBe(stopped);
  expect(second.asked).toEqual([]);
});

it("one alone is itself", () => {
  const only = holder("a");
  expect(sourceInTurn([only])).toBe(only);
});
