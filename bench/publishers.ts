import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { call } from "../scripts/call.ts";
import type { LinkLimits } from "../src/local/server.ts";
import { makeBuiltProject, type SyntheticImage } from "./layout.ts";
import { expectPublished, startEcr } from "./local-ecr.ts";
import type { Contestant } from "./measure.ts";
import { type Place, preloaded, slipway } from "./place.ts";
import { type ProcessPlace, run } from "./process.ts";
import { warmMemory } from "./warm.ts";

interface Layout {
  /** Its folder. */
  readonly layout: string;
  /** Of the one image in it. */
  readonly digest: string;
}

/** An image that is built already, in a project of its own and in a layout that any tool can read. */
export interface Built extends Layout {
  readonly cwd: string;
  readonly cache: string;
  readonly signal: AbortSignal;
}

/** Where the image goes: regions of one account, all over links of their own. */
export interface Course {
  readonly regions: readonly string[];
  readonly link: LinkLimits;
}

/** One way to put a built image with its tag into repositories that are there. */
export interface Publisher {
  readonly what: string;
  readonly publish: (built: Built, target: PublishTarget) => Promise<void>;
}

export interface PublishTarget extends Course {
  /** Host and repository in each region. */
  readonly uris: readonly string[];
  readonly place: ProcessPlace;
}

/** What the process read, from disk and from sockets, in bytes, is told to `onRead`. */
export function slipwayPublisher(onRead: (bytes: number) => void): Publisher {
  return {
    what: "slipway",
    async publish({ cache }, { regions, place }) {
      const file = join(cache, "read");
      const [node, ...program] = slipway;
      const preload = preloaded("read.js");
      const flags = regions.map((region) => `--region=${region}`);
      const env = { ...place.env, BENCH_READ_FILE: file };
      const argv = [node, ...preload, ...program, "release", "1.0.0", "--quiet", ...flags];
      await run(argv, { ...place, env });
      onRead(Number(readFileSync(file, "utf8")));
    },
  };
}

/** One after the other, as a script does it. */
const tools: Readonly<Record<string, (layout: Layout, uri: string) => string[]>> = {
  skopeo: ({ layout }, uri) => [
    ...["copy", "--all", "--preserve-digests", "--dest-tls-verify=false"],
    ...[`oci:${layout}`, `docker://${uri}:1.0.0`],
  ],
  // Not with --index: it would publish the layout's list of one image as an index around the index.
  crane: ({ layout }, uri) => ["push", "--insecure", layout, `${uri}:1.0.0`],
  regctl: ({ layout, digest }, uri) => [
    "image",
    "copy",
    `ocidir://${layout}@${digest}`,
    `${uri}:1.0.0`,
  ],
  oras: ({ layout, digest }, uri) => [
    ...["cp", "--recursive", "--from-oci-layout", "--to-plain-http"],
    ...[`${layout}@${digest}`, `${uri}:1.0.0`],
  ],
};

/** The tools on PATH that push a layout as it is. */
export function otherPublishers(): readonly Publisher[] {
  return Object.entries(tools).flatMap(([tool, argv]) => {
    if (!call(tool, ["--help"]).ok) return [];
    return [
      {
        what: tool,
        publish: async (built, { uris, place }) => {
          for (const uri of uris) await run([tool, ...argv(built, uri)], place);
        },
      },
    ];
  });
}

export async function makeBuilt(
  { folder, signal }: Place,
  name: string,
  image: SyntheticImage,
): Promise<Built> {
  await using ecr = await startEcr();
  await ecr.createRepository("bench");
  const [cwd, cache] = [join(folder, name), join(folder, `cache-${name}`)];
  mkdirSync(cwd);
  const env = { ...ecr.env, SLIPWAY_CACHE_DIR: cache };
  const layout = await makeBuiltProject({ cwd, env, signal }, image);
  const { manifests } = JSON.parse(readFileSync(join(layout, "index.json"), "utf8"));
  return { cwd, cache, layout, digest: manifests[0].digest, signal };
}

/** Every run has an ECR of its own, so that nothing is there already. A login is not counted. */
export function contestant(built: Built, { what, publish }: Publisher, course: Course): Contestant {
  const { regions, link } = course;
  return {
    what: `${what} to ${regions.length === 1 ? "one" : regions.length}`,
    async run() {
      await using ecr = await startEcr({ link });
      const uris: string[] = [];
      for (const region of regions) uris.push(await ecr.createRepository("bench", region));
      const env = { ...ecr.env, SLIPWAY_CACHE_DIR: built.cache };
      const place = { cwd: built.cwd, env, signal: built.signal };
      const login = await logIn(place, course, uris);
      await warmMemory(built.signal);
      const started = performance.now();
      await publish(built, { ...course, uris, place: { ...place, env: { ...env, ...login } } });
      const milliseconds = performance.now() - started;
      const published = { what, digest: built.digest };
      for (const region of regions) await expectPublished(ecr, region, published);
      return milliseconds;
    },
  };
}

/** For those who are not Slipway: docker's file, in the place where each looks for it. */
async function logIn(place: ProcessPlace, { regions }: Course, uris: readonly string[]) {
  const auths: Record<string, { auth: string }> = {};
  for (const [at, uri] of uris.entries()) {
    const print = [...slipway, "login", `--region=${regions[at]}`, "--print"];
    const { Username, Secret } = JSON.parse((await run(print, place)).stdout);
    const auth = Buffer.from(`${Username}:${Secret}`).toString("base64");
    auths[uri.split("/")[0] ?? ""] = { auth };
  }
  const folder = join(place.env.SLIPWAY_CACHE_DIR ?? "", "docker");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config.json"), JSON.stringify({ auths }));
  return { DOCKER_CONFIG: folder, REGISTRY_AUTH_FILE: join(folder, "config.json") };
}
