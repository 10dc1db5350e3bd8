import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keptIn } from "../../src/gates/kept.ts";

let cacheDir: string;
let time: number;
const now = () => new Date(time);

beforeEach(() => {
  cacheDir = mkdtempSync(join(tmpdir(), "slipway-kept-"));
  time = Date.parse("2026-03-01T12:00:00Z");
});

afterEach(() => rmSync(cacheDir, { recursive: true }));

test("a value comes back by the same key in any order, and by no other", async () => {
  const kept = keptIn({ cacheDir: join(cacheDir, "not", "there"), now });
  const value = { path: "ä/ñ", sizes: [1, 2] };
  await kept.keep({ gate: "layers", rules: 1 }, value);
  expect(await kept.find({ rules: 1, gate: "layers" })).toEqual(value);
  expect(await kept.find({ gate: "layers", rules: 2 })).toBeUndefined();
});

test("no more than its age is asked of it, and what is from the future is not taken", async () => {
  const kept = keptIn({ cacheDir, now });
  await kept.keep({ a: 1 }, true);
  time += 1000;
  expect(await kept.find({ a: 1 }, 1000)).toBe(true);
  time += 1;
  expect(await kept.find({ a: 1 }, 1000)).toBeUndefined();
  expect(await kept.find({ a: 1 })).toBe(true);
  time -= 1002;
  expect(await kept.find({ a: 1 })).toBeUndefined();
});

test("what was damaged, cut off or emptied is none", async () => {
  const kept = keptIn({ cacheDir, now });
  await kept.keep({ a: 1 }, [1, 2]);
  const file = join(cacheDir, readdirSync(cacheDir)[0] ?? "");
  const whole = readFileSync(file, "utf8");
  for (const text of [whole.replace("[1,2]", "[1,3]"), whole.slice(0, -1), "{}", "\n", ""]) {
    writeFileSync(file, text);
    expect(await kept.find({ a: 1 })).toBeUndefined();
  }
  writeFileSync(file, whole);
  expect(await kept.find({ a: 1 })).toEqual([1, 2]);
});

test("what was not used for longest leaves first, by number and by bytes", async () => {
  const fill = async (limits: { bytes: number; count: number }, length: number) => {
    const kept = keptIn({ cacheDir, now }, limits);
    for (const key of [1, 2, 3]) {
      time += 1000;
      await kept.keep({ key }, "x".repeat(length));
      time += 1000;
      await kept.find({ key: 1 });
    }
    const found = await Promise.all([1, 2, 3].map((key) => kept.find({ key })));
    return found.map((value) => value !== undefined);
  };
  const all = { bytes: 1e6, count: 10 };
  expect(await fill(all, 1000)).toEqual([true, true, true]);
  expect(await fill({ ...all, count: 2 }, 1000)).toEqual([true, false, true]);
  expect(await fill({ ...all, bytes: 25_000 }, 10_000)).toEqual([true, false, true]);
});

test("nothing is left of what was not finished, and only the owner reads", async () => {
  const kept = keptIn({ cacheDir, now }, { bytes: 1e6, count: 1 });
  writeFileSync(join(cacheDir, "unfinished-1"), "");
  time = Date.now() + 60_000;
  await kept.keep({ a: 1 }, "secret's place");
  const [name = "", ...others] = readdirSync(cacheDir);
  expect(others).toEqual([]);
  expect(name).toMatch(/^sha256-[0-9a-f]{64}$/);
  expect(statSync(join(cacheDir, name)).mode & 0o777).toBe(0o600);
});

test("several that keep side by side leave whole values", async () => {
  const values = Array.from({ length: 20 }, (_, at) => "x".repeat(at * 10_000));
  await Promise.all(values.map((value) => keptIn({ cacheDir, now }).keep({ a: 1 }, value)));
  expect(values).toContain(await keptIn({ cacheDir, now }).find({ a: 1 }));
  expect(readdirSync(cacheDir)).toHaveLength(1);
});

test("a directory that cannot be written costs nothing but time", async () => {
  writeFileSync(join(cacheDir, "file"), "");
  const kept = keptIn({ cacheDir: join(cacheDir, "file"), now });
  await kept.keep({ a: 1 }, 1);
  expect(await kept.find({ a: 1 })).toBeUndefined();
});
