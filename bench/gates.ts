import { createHash } from "node:crypto";
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { root } from "../scripts/place.ts";
import { type Descriptor, digestOf, mediaTypes } from "../src/oci/manifest.ts";
import { type Benchmark, MB, type Place, preloaded } from "./place.ts";
import { run } from "./process.ts";
import type { Report } from "./report.ts";

const rounds = 3;
const layersOfEach = 4;
/** Of both platforms together, unpacked. */
const wholeBytes = 1000 * MB;

export const gates: Benchmark = {
  name: "gates",
  title: "Contents and size gates on 1 GB in two platforms: cold, and with known layers",
  run: measureGates,
};

interface Looked {
  /** Of user and system, in milliseconds. */
  readonly cpu: number;
  readonly wall: number;
  /** MB of resident memory at the most. */
  readonly peak: number;
}

async function measureGates(place: Place): Promise<Report> {
  const layout = join(place.folder, "layout");
  const { bytes, entries } = await writeImage(layout);
  const cold: Looked[] = [];
  const known: Looked[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const cache = join(place.folder, "cache");
    rmSync(cache, { recursive: true, force: true });
    cold.push(await look(place, layout, cache));
    known.push(await look(place, layout, cache));
  }
  const share = (one: Looked, at: number) => (one.cpu / (cold[at]?.cpu ?? Number.NaN)) * 100;
  return {
    findings: [
      {
        what: "cold, CPU time (250 MB/s on two cores)",
        values: cold.map(({ cpu }) => cpu),
        unit: "ms",
        goal: (bytes / (250 * MB)) * 2 * 1000,
      },
      { what: "cold", values: cold.map(({ wall }) => bytes / MB / (wall / 1000)), unit: "MB/s" },
      { what: "cold, peak", values: cold.map(({ peak }) => peak), unit: "MB", goal: 250 },
      { what: "known, of the CPU time cold", values: known.map(share), unit: "%", goal: 5 },
      { what: "known, CPU time", values: known.map(({ cpu }) => cpu), unit: "ms" },
    ],
    notes: [
      `${layersOfEach} layers for each platform, ${entries} files, ${Math.round(bytes / MB)} MB unpacked: programs, sources and small files in gzip`,
    ],
    gaps: [],
  };
}

/** Both gates side by side in a process of their own, as a release has them. */
async function look({ folder, signal }: Place, layout: string, cache: string): Promise<Looked> {
  const program = join(import.meta.dirname, "look.ts");
  const peakFile = join(folder, "peak");
  const env = { ...process.env, BENCH_PEAK_FILE: peakFile };
  const meter = preloaded("peak.js");
  const argv = [process.execPath, ...meter, program, layout, cache];
  const { stdout } = await run(argv, { cwd: folder, env, signal });
  return { ...JSON.parse(stdout), peak: (Number(readFileSync(peakFile, "utf8")) * 1024) / MB };
}

/** An image of what images are made of: a program, sources, and many small files, other ones in each layer. */
async function writeImage(folder: string): Promise<{ bytes: number; entries: number }> {
  const blobs = join(folder, "blobs", "sha256");
  mkdirSync(blobs, { recursive: true });
  let bytes = 0;
  let entries = 0;
  const put = (content: Buffer | object, mediaType: string): Descriptor => {
    const blob = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    const digest = digestOf(blob);
    writeFileSync(join(blobs, digest.slice("sha256:".length)), blob);
    return { mediaType, digest, size: blob.length };
  };
  const manifests: Descriptor[] = [];
  for (const architecture of ["amd64", "arm64"]) {
    const layers: Descriptor[] = [];
    const diffIds: string[] = [];
    for (let at = 0; at < layersOfEach; at += 1) {
      const files = filesOf(`${architecture} ${at}`);
      const tar = await tarOf(files);
      bytes += tar.length;
      entries += files.length;
      diffIds.push(digestOf(tar));
      layers.push(put(gzipSync(tar, { level: 1 }), mediaTypes.ociLayer));
    }
    const rootfs = { type: "layers", diff_ids: diffIds };
    const config = put({ os: "linux", architecture, config: {}, rootfs }, mediaTypes.ociConfig);
    const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers };
    const platform = { os: "linux", architecture };
    manifests.push({ ...put(manifest, mediaTypes.ociManifest), platform });
  }
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex };
  const top = put({ ...index, manifests }, mediaTypes.ociIndex);
  writeFileSync(join(folder, "index.json"), JSON.stringify({ ...index, manifests: [top] }));
  writeFileSync(join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  return { bytes, entries };
}

interface File {
  readonly name: string;
  readonly content: Buffer;
}

const layerBytes = wholeBytes / 2 / layersOfEach;

/** Half of it programs of 20 MB, the rest text: sources of 100 kB and files of 4 kB. */
function filesOf(seed: string): File[] {
  const program = readFileSync(process.execPath);
  const text = sources();
  const from = createHash("sha256").update(seed).digest().readUInt32BE(0);
  const cut = (all: Buffer, at: number, size: number) => {
    const begin = (from + at * 7919) % (all.length - size);
    return all.subarray(begin, begin + size);
  };
  const some = (kind: string, all: Buffer, size: number, share: number): File[] =>
    Array.from({ length: Math.floor((layerBytes * share) / size) }, (_, at) => ({
      name: `${seed.replace(" ", "-")}/${kind}/${at}`,
      content: cut(all, at * size, size),
    }));
  return [
    ...some("program", program, 20 * MB, 0.5),
    ...some("source", text, 100_000, 0.3),
    ...some("small", text, 4000, 0.2),
  ];
}

function sources(): Buffer {
  const modules = join(root, "node_modules", "@aws-sdk");
  const files = globSync("**/*.js", { cwd: modules }).sort();
  return Buffer.concat(files.map((file) => readFileSync(join(modules, file))));
}

async function tarOf(files: readonly File[]): Promise<Buffer> {
  const packing = pack();
  for (const { name, content } of files) packing.entry({ name }, content);
  packing.finalize();
  const parts: Buffer[] = [];
  for await (const part of packing) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
