import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defaultLimits, layoutStore, type StoreLimits } from "../../src/oci/layout-store.ts";
import { type ImageShape, writeLayout } from "../support/layout.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "layouts-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const annotation = "org.example.key";
const storeIn = (path: string, limits?: StoreLimits) => layoutStore(path, annotation, limits);
/** Writes the image of a key. */
const write = (into: string, key: string, shape: ImageShape = {}) =>
  writeLayout(into, { layers: [100], ...shape, annotations: { [annotation]: key } });
const filledWith =
  (key: string, shape: ImageShape = {}) =>
  async ([into = ""]: readonly string[]) =>
    write(into, key, shape);
const kept = () => readdirSync(directory).sort();

function used(name: string, minutesAgo: number) {
  const at = new Date(Date.now() - minutesAgo * 60_000);
  utimesSync(join(directory, name), at, at);
}

describe.runIf(process.getuid?.() === 0)("what another user made", () => {
  afterEach(() => process.seteuid?.(0));

  const madeByAnother = async (key: string) => {
    await storeIn(directory).make([key], filledWith(key));
    chmodSync(directory, 0o777);
    chmodSync(join(directory, key.replace(":", "-")), 0o755);
    process.seteuid?.(1234);
  };

  it("is found where it may be read", async () => {
    await madeByAnother("sha256:a");
    expect(await storeIn(directory).find("sha256:a")).toBeDefined();
  });

  it("stays when it would have to leave for a new one", async () => {
    await madeByAnother("sha256:a");
    const store = storeIn(directory, { ...defaultLimits, layouts: 1 });
    expect(await store.make(["sha256:b"], filledWith("sha256:b"))).toHaveLength(1);
    expect(kept()).toEqual(["sha256-a", "sha256-b"]);
  });
});

describe("a store of layouts", () => {
  it("finds what it made, and nothing else", async () => {
    const store = storeIn(directory);
    expect(await store.find("sha256:a")).toBeUndefined();
    const [made] = await store.make(["sha256:a"], filledWith("sha256:a"));
    expect((await store.find("sha256:a"))?.root).toEqual(made?.root);
    expect(await store.find("sha256:b")).toBeUndefined();
    expect(kept()).toEqual(["sha256-a"]);
  });

  it("makes its own directory", async () => {
    const store = storeIn(join(directory, "a", "b"));
    await store.make(["sha256:a"], filledWith("sha256:a"));
    expect(await store.find("sha256:a")).toBeDefined();
  });

  it("keeps nothing of a build that failed", async () => {
    const store = storeIn(directory);
    const filling = store.make(["sha256:a"], async ([into = ""]) => {
      writeLayout(into);
      throw new Error("the build failed");
    });
    await expect(filling).rejects.toThrow("the build failed");
    expect(kept()).toEqual([]);
  });

  it("makes several at once, all of them or none", async () => {
    const store = storeIn(directory);
    const keys = ["sha256:a", "sha256:b"];
    const made = await store.make(keys, async (into) => {
      for (const [at, one] of into.entries()) write(one, keys[at] ?? "");
    });
    expect(made.map((one) => one.directory)).toEqual(
      ["sha256-a", "sha256-b"].map((name) => join(directory, name)),
    );
    const half = store.make(["sha256:c", "sha256:d"], async ([first = ""]) =>
      write(first, "sha256:c"),
    );
    await expect(half).rejects.toMatchObject({ code: "LAYOUT_INVALID" });
    expect(kept()).toEqual(["sha256-a", "sha256-b"]);
  });

  it("keeps nothing that is no layout", async () => {
    const store = storeIn(directory);
    await expect(store.make(["sha256:a"], async () => {})).rejects.toMatchObject({
      code: "LAYOUT_INVALID",
    });
    expect(kept()).toEqual([]);
  });

  it("puts a whole layout in the place of a broken one", async () => {
    const store = storeIn(directory);
    const [made] = await store.make(["sha256:a"], filledWith("sha256:a"));
    rmSync(join(made?.directory ?? "", "index.json"));
    expect(await store.find("sha256:a")).toBeUndefined();
    await store.make(["sha256:a"], filledWith("sha256:a"));
    expect(await store.find("sha256:a")).toBeDefined();
  });

  it("gives two who make the same at once one layout, and leaves it whole", async () => {
    const store = storeIn(directory);
    const places = new Set<string>();
    const fill =
      (seed: string) =>
      async ([into = ""]: readonly string[]) => {
        places.add(into);
        write(into, "sha256:a", { seed });
      };
    const made = await Promise.all([
      store.make(["sha256:a"], fill("one")),
      store.make(["sha256:a"], fill("other")),
    ]);
    const root = (await store.find("sha256:a"))?.root;
    expect(places.size).toBe(2);
    expect(made.flat().map((layout) => layout.root)).toEqual([root, root]);
    expect(kept()).toEqual(["sha256-a"]);
  });
});

describe("a place in the store that holds something else", () => {
  const place = () => join(directory, "sha256-a");
  const other = () => join(directory, "sha256-b");

  it.each<[string, () => void]>([
    ["another key's layout, swapped in", () => renameSync(other(), place())],
    ["a copy of another's", () => cpSync(other(), place(), { recursive: true })],
    ["a link to another's", () => symlinkSync(other(), place())],
    ["a link to nowhere", () => symlinkSync(join(directory, "nowhere"), place())],
    ["a file", () => writeFileSync(place(), "")],
    ["a layout that says no key", () => void writeLayout(place(), {})],
    [
      "a layout without its root",
      () => {
        const { root } = write(place(), "sha256:a");
        rmSync(join(place(), "blobs", ...root.digest.split(":")));
      },
    ],
  ])("%s: is not found, and made anew", async (_what, tamper) => {
    const store = storeIn(directory);
    await store.make(["sha256:a"], filledWith("sha256:a", { seed: "first" }));
    const [whole] = await store.make(["sha256:b"], filledWith("sha256:b"));
    rmSync(place(), { recursive: true });
    tamper();
    expect(await store.find("sha256:a")).toBeUndefined();
    const [made] = await store.make(["sha256:a"], filledWith("sha256:a", { seed: "second" }));
    expect((await store.find("sha256:a"))?.root).toEqual(made?.root);
    expect(made?.root.digest).not.toBe(whole?.root.digest);
  });

  it("is never made: a build has to say its key", async () => {
    const store = storeIn(directory);
    const making = store.make(["sha256:a"], filledWith("sha256:b"));
    await expect(making).rejects.toMatchObject({
      code: "LAYOUT_INVALID",
      message: expect.stringContaining("was to be built from sha256:a, and says sha256:b"),
    });
    expect(kept()).toEqual([]);
  });
});

describe("the limits of a store", () => {
  it("by number: the longest unused leaves", async () => {
    const store = storeIn(directory, { ...defaultLimits, layouts: 2 });
    await store.make(["sha256:a"], filledWith("sha256:a"));
    await store.make(["sha256:b"], filledWith("sha256:b"));
    used("sha256-a", 20);
    used("sha256-b", 10);
    await store.find("sha256:a");
    const later = storeIn(directory, { ...defaultLimits, layouts: 2 });
    await later.make(["sha256:c"], filledWith("sha256:c"));
    expect(kept()).toEqual(["sha256-a", "sha256-c"]);
  });

  it("by bytes", async () => {
    const limits = { ...defaultLimits, bytes: 50_000 };
    await storeIn(directory, limits).make(
      ["sha256:a"],
      filledWith("sha256:a", { layers: [15_000] }),
    );
    used("sha256-a", 10);
    await storeIn(directory, limits).make(
      ["sha256:b"],
      filledWith("sha256:b", { layers: [15_000] }),
    );
    expect(kept()).toEqual(["sha256-b"]);
  });

  it("never against what this process found or made", async () => {
    await storeIn(directory).make(["sha256:a"], filledWith("sha256:a"));
    const store = storeIn(directory, { layouts: 0, bytes: 0 });
    await store.find("sha256:a");
    await store.make(["sha256:b"], filledWith("sha256:b"));
    await store.make(["sha256:c"], filledWith("sha256:c"));
    expect(kept()).toEqual(["sha256-a", "sha256-b", "sha256-c"]);
  });

  it("what a killed build left goes after a day, and not before", async () => {
    mkdirSync(join(directory, "unfinished-1-old"));
    mkdirSync(join(directory, "unfinished-1-new"));
    used("unfinished-1-old", 25 * 60);
    used("unfinished-1-new", 23 * 60);
    await storeIn(directory).make(["sha256:a"], filledWith("sha256:a"));
    expect(kept()).toEqual(["sha256-a", "unfinished-1-new"]);
  });
});
