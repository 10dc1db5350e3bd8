import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defaultLimits, layoutStore } from "../../src/oci/layout-store.ts";
import { writeLayout } from "../support/layout.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "layouts-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const filledWith =
  (seed: string, size = 100) =>
  async ([into = ""]: readonly string[]) =>
    writeLayout(into, { seed, layers: [size] });
const kept = () => readdirSync(directory).sort();

function used(name: string, minutesAgo: number) {
  const at = new Date(Date.now() - minutesAgo * 60_000);
  utimesSync(join(directory, name), at, at);
}

describe("a store of layouts", () => {
  it("finds what it made, and nothing else", async () => {
    const store = layoutStore(directory);
    expect(await store.find("sha256:a")).toBeUndefined();
    const [made] = await store.make(["sha256:a"], filledWith("a"));
    expect((await store.find("sha256:a"))?.root).toEqual(made?.root);
    expect(await store.find("sha256:b")).toBeUndefined();
    expect(kept()).toEqual(["sha256-a"]);
  });

  it("makes its own directory", async () => {
    const store = layoutStore(join(directory, "a", "b"));
    await store.make(["sha256:a"], filledWith("a"));
    expect(await store.find("sha256:a")).toBeDefined();
  });

  it("keeps nothing of a build that failed", async () => {
    const store = layoutStore(directory);
    const filling = store.make(["sha256:a"], async ([into = ""]) => {
      writeLayout(into);
      throw new Error("the build failed");
    });
    await expect(filling).rejects.toThrow("the build failed");
    expect(kept()).toEqual([]);
  });

  it("makes several at once, all of them or none", async () => {
    const store = layoutStore(directory);
    const keys = ["sha256:a", "sha256:b"];
    const made = await store.make(keys, async (into) => {
      for (const [at, one] of into.entries()) writeLayout(one, { seed: `${at}` });
    });
    expect(made.map((one) => one.directory)).toEqual(
      ["sha256-a", "sha256-b"].map((name) => join(directory, name)),
    );
    const half = store.make(["sha256:c", "sha256:d"], async ([first = ""]) => writeLayout(first));
    await expect(half).rejects.toMatchObject({ code: "LAYOUT_INVALID" });
    expect(kept()).toEqual(["sha256-a", "sha256-b"]);
  });

  it("keeps nothing that is no layout", async () => {
    const store = layoutStore(directory);
    await expect(store.make(["sha256:a"], async () => {})).rejects.toMatchObject({
      code: "LAYOUT_INVALID",
    });
    expect(kept()).toEqual([]);
  });

  it("puts a whole layout in the place of a broken one", async () => {
    const store = layoutStore(directory);
    const [made] = await store.make(["sha256:a"], filledWith("a"));
    rmSync(join(made?.directory ?? "", "index.json"));
    expect(await store.find("sha256:a")).toBeUndefined();
    await store.make(["sha256:a"], filledWith("a"));
    expect(await store.find("sha256:a")).toBeDefined();
  });

  it("gives two who make the same at once one layout, and leaves it whole", async () => {
    const store = layoutStore(directory);
    const places = new Set<string>();
    const fill =
      (seed: string) =>
      async ([into = ""]: readonly string[]) => {
        places.add(into);
        writeLayout(into, { seed });
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

describe("the limits of a store", () => {
  it("by number: the longest unused leaves", async () => {
    const store = layoutStore(directory, { ...defaultLimits, layouts: 2 });
    await store.make(["sha256:a"], filledWith("a"));
    await store.make(["sha256:b"], filledWith("b"));
    used("sha256-a", 20);
    used("sha256-b", 10);
    await store.find("sha256:a");
    const later = layoutStore(directory, { ...defaultLimits, layouts: 2 });
    await later.make(["sha256:c"], filledWith("c"));
    expect(kept()).toEqual(["sha256-a", "sha256-c"]);
  });

  it("by bytes", async () => {
    const limits = { ...defaultLimits, bytes: 50_000 };
    await layoutStore(directory, limits).make(["sha256:a"], filledWith("a", 15_000));
    used("sha256-a", 10);
    await layoutStore(directory, limits).make(["sha256:b"], filledWith("b", 15_000));
    expect(kept()).toEqual(["sha256-b"]);
  });

  it("never against what this process found or made", async () => {
    await layoutStore(directory).make(["sha256:a"], filledWith("a"));
    const store = layoutStore(directory, { layouts: 0, bytes: 0 });
    await store.find("sha256:a");
    await store.make(["sha256:b"], filledWith("b"));
    await store.make(["sha256:c"], filledWith("c"));
    expect(kept()).toEqual(["sha256-a", "sha256-b", "sha256-c"]);
  });

  it("what a killed build left goes after a day, and not before", async () => {
    mkdirSync(join(directory, "unfinished-1-old"));
    mkdirSync(join(directory, "unfinished-1-new"));
    used("unfinished-1-old", 25 * 60);
    used("unfinished-1-new", 23 * 60);
    await layoutStore(directory).make(["sha256:a"], filledWith("a"));
    expect(kept()).toEqual(["sha256-a", "unfinished-1-new"]);
  });
});
