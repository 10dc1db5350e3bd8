// Loaded before the clock starts: the published program reads a bundle, and no TypeScript.
import "../src/gates/contents/judge.ts";
import { judge } from "../src/gates/judge.ts";
import "../src/gates/size/judge.ts";
import { openLayout } from "../src/oci/layout.ts";
import { readTree } from "../src/oci/tree.ts";
import type { GateWish } from "../src/release/gate.ts";

// The program that is measured: contents and size of LAYOUT side by side, with facts kept in CACHE.
const [directory = "", cacheDir = ""] = process.argv.slice(2);
const layout = await openLayout(directory);
const image = { tree: await readTree(layout.root, layout), source: layout };
const on = { mode: "on", skipped: false } as const;
const wishes: readonly GateWish[] = [
  { ...on, gate: "contents", settings: { allow: [], user: "warned" } },
  { ...on, gate: "size", settings: {} },
];
const place = {
  projectDir: ".",
  env: process.env,
  signal: new AbortController().signal,
  cacheDir,
  now: () => new Date(),
  ecr: () => {
    throw new Error("no registry is asked");
  },
};
const spec = {} as Parameters<typeof judge>[1]["spec"];
const before = process.cpuUsage();
const began = performance.now();
await Promise.all(wishes.map((wish) => judge(wish, { spec, image }, place)));
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ cpu: (user + system) / 1000, wall: performance.now() - began }));
