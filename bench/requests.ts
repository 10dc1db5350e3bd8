import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { makeBuiltProject } from "./layout.ts";
import { countKinds, startEcr } from "./local-ecr.ts";
import { type Benchmark, type Place, slipway } from "./place.ts";
import { run } from "./process.ts";
import type { Report } from "./report.ts";

export const requests: Benchmark = {
  name: "requests",
  title: "Round trips of a first release, by kind: layers of each of two platforms × tags",
  run: measureRequests,
};

const three = ["{major}.{minor}", "{major}", "latest"];
const shapes = [4, 8].flatMap((layers) => [
  { layers, floating: [] },
  { layers, floating: three },
]);

/** No time is measured: the counts are the same on every machine. */
async function measureRequests(place: Place): Promise<Report> {
  const columns: { head: string; counts: ReadonlyMap<string, number> }[] = [];
  for (const shape of shapes) {
    const head = `${shape.layers} × ${2 + shape.floating.length}`;
    columns.push({ head, counts: await countRequests(place, shape) });
  }
  const kinds = [...new Set(columns.flatMap(({ counts }) => [...counts.keys()]))];
  const row = (name: string, cells: readonly (string | number)[]) =>
    `${name.padEnd(30)}${cells.map((cell) => String(cell).padStart(8)).join("")}`;
  const total = (counts: ReadonlyMap<string, number>) =>
    [...counts.values()].reduce((sum, count) => sum + count, 0);
  const heads = columns.map(({ head }) => head);
  const each = (of: (counts: ReadonlyMap<string, number>) => number) =>
    columns.map(({ counts }) => of(counts));
  const [fewFew = 0, fewMany = 0, manyFew = 0, manyMany = 0] = each(total);
  const together = manyMany - manyFew - fewMany + fewFew;
  return {
    findings: [],
    notes: [
      row("layers × tags", heads),
      ...kinds.map((kind) =>
        row(
          kind,
          each((counts) => counts.get(kind) ?? 0),
        ),
      ),
      row("all", each(total)),
      `more layers and more tags together cost ${together} requests beyond what each costs alone`,
    ],
    gaps: [],
  };
}

async function countRequests(
  { folder, signal }: Place,
  { layers, floating }: (typeof shapes)[number],
): Promise<ReadonlyMap<string, number>> {
  await using ecr = await startEcr();
  await ecr.createRepository("bench");
  const name = `${layers}-${floating.length}`;
  const cwd = join(folder, name);
  mkdirSync(cwd);
  const env = { ...ecr.env, SLIPWAY_CACHE_DIR: join(folder, `cache-${name}`) };
  await makeBuiltProject({ cwd, env, signal }, { layers, layerBytes: 1000, floating });
  await ecr.requests();
  await run([...slipway, "release", "1.0.0", "--quiet"], { cwd, env, signal });
  return countKinds(await ecr.requests());
}
