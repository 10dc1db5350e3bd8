import fc from "fast-check";
import { expect, test } from "vitest";
import type { Entry } from "../../../src/gates/layers/facts.ts";
import { layFileSystem } from "../../../src/gates/layers/file-system.ts";
import { file } from "../../support/layer.ts";

const directory = (path: string): Entry => ({ ...file(path, 0), type: "directory" });
const whiteout = (path: string): Entry => ({ ...file(path, 0), type: "whiteout" });
const opaque = (path: string): Entry => ({ ...file(path, 0), type: "opaque" });

const seen = (...layers: Entry[][]) =>
  layFileSystem(layers)
    .visible.map(({ entry, layer }) => `${layer} ${entry.path}`)
    .sort();
const lost = (...layers: Entry[][]) =>
  layFileSystem(layers)
    .lost.map(({ entry, layer, by, how }) => `${layer} ${entry.path} ${how} ${by}`)
    .sort();

test("a whiteout takes away what is below, with all that is in it", () => {
  const layers = [[directory("a"), file("a/b", 1), file("c", 2)], [whiteout("a")]];
  expect(seen(...layers)).toEqual(["0 c"]);
  expect(lost(...layers)).toEqual(["0 a deleted 1", "0 a/b deleted 1"]);
});

test("an opaque directory keeps what its own layer brings, wherever the mark stands", () => {
  const upper = [directory("a"), file("a/new", 1), opaque("a")];
  expect(seen([directory("a"), file("a/old", 1)], upper)).toEqual(["1 a", "1 a/new"]);
});

test("a directory over a directory joins it, a file over one replaces all of it", () => {
  expect(seen([directory("a"), file("a/b", 1)], [directory("a")])).toEqual(["0 a/b", "1 a"]);
  expect(seen([directory("a"), file("a/b", 1)], [file("a", 1)])).toEqual(["1 a"]);
  expect(seen([file("a", 1)], [file("a/b", 1)])).toEqual(["1 a/b"]);
});

const path = fc
  .array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join("/"));
const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.tuple(path, fc.nat(100)).map(([at, size]) => file(at, size)),
  path.map(directory),
  path.map(whiteout),
  path.map(opaque),
);
const layers = fc.array(fc.array(entry, { maxLength: 8 }), { maxLength: 5 });

type Flat = { entry: Entry; layer: number }[];
const within = (inner: string, outer: string) => inner.startsWith(`${outer}/`);

/** Layers by the letter of the specification: one flat list of paths, gone through from its beginning each time. */
function naive(all: readonly (readonly Entry[])[]): string[] {
  let there: Flat = [];
  for (const [layer, own] of all.entries()) {
    const marks = own.filter(({ type }) => type === "whiteout" || type === "opaque");
    for (const mark of marks) there = without(there, mark);
    for (const one of own.filter((other) => !marks.includes(other))) {
      there = [...below(there, one), { entry: one, layer }];
    }
  }
  return there.map(({ entry: one, layer }) => `${layer} ${one.path}`).sort();
}

function without(there: Flat, { type, path: at }: Entry): Flat {
  return there.filter(
    ({ entry: old }) => !within(old.path, at) && !(type === "whiteout" && old.path === at),
  );
}

function below(there: Flat, one: Entry): Flat {
  return there.filter(
    ({ entry: old }) =>
      old.path !== one.path &&
      !(old.type === "file" && within(one.path, old.path)) &&
      !(one.type === "file" && within(old.path, one.path)),
  );
}

test("the file system is what a naive model says", () => {
  fc.assert(
    fc.property(layers, (all) => {
      expect(seen(...all)).toEqual(naive(all));
    }),
  );
});

test("every byte is either seen or lost, once", () => {
  const sum = (ones: readonly { entry: Entry }[]) =>
    ones.reduce((total, one) => total + one.entry.size, 0);
  fc.assert(
    fc.property(layers, (all) => {
      const { visible, lost: gone } = layFileSystem(all);
      const brought = all.flat().map((one) => ({ entry: one }));
      expect(sum(visible) + sum(gone)).toBe(sum(brought));
      const objects = all.flat().filter(({ type }) => type !== "whiteout" && type !== "opaque");
      expect(visible.length + gone.length).toBe(objects.length);
    }),
  );
});
