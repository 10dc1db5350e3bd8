import { type BuildSpec, type LinkedTarget, linkedName, sourcesOf } from "../docker/build-spec.ts";
import { parseImageName } from "../dockerfile/image-name.ts";
import type { BuildFacts, Stage } from "../dockerfile/stages.ts";
import { parseEcrHost } from "../oci/reference.ts";
import type { GivenImage } from "./observed.ts";
import type { World } from "./world.ts";

/**
 * The images that the image stands on, as `HOST/REPOSITORY`: the one at the bottom of its Dockerfile, or what the
 * layouts given say that they were built from, where the Dockerfile is not here. Only those at a registry that may be a target's.
 */
export async function observeBases(
  build: BuildSpec,
  given: readonly GivenImage[],
  world: { readonly docker: Pick<World["docker"], "dockerfile"> },
): Promise<readonly string[]> {
  const sources = sourcesOf(build);
  const texts = await Promise.all(sources.map((source) => world.docker.dockerfile(source)));
  const [own] = texts;
  if (own === undefined) return given.flatMap(({ bases = [] }) => bases.map(repositoryOf));
  const files = new Map(sources.map((source, at) => [source, texts[at]]));
  if (!mentionsRegistry(sources, texts)) return [];
  const base = await bottomOf(build, build.linked ?? {}, files);
  return base === undefined ? [] : [base];
}

/** Looked for where a word begins: else a long word without a slash is read again from each of its letters. */
const host = /(?<![a-z0-9.-])[.-]*([a-z0-9][a-z0-9.-]*(?::\d+)?)(?=\/)/gi;

/** Without such a host nobody need read on: a parser of Dockerfiles is more than the rest of a plan. */
function mentionsRegistry(
  sources: readonly LinkedTarget[],
  texts: readonly (string | undefined)[],
): boolean {
  const said = sources.flatMap(({ args, contexts }) => [
    ...Object.values(args),
    ...Object.values(contexts),
  ]);
  const found = [...texts, ...said].flatMap((text = "") => [...text.matchAll(host)]);
  return found.some(([, one = ""]) => one.includes(":") || parseEcrHost(one) !== undefined);
}

/** What is at the bottom of a build; a named context that is a linked build stands on what that one does. */
async function bottomOf(
  source: LinkedTarget,
  linked: NonNullable<BuildSpec["linked"]>,
  files: ReadonlyMap<LinkedTarget, string | undefined>,
): Promise<string | undefined> {
  const text = files.get(source);
  if (text === undefined) return undefined;
  const { target, args, contexts } = source;
  const base = await baseIn(text, { target, args, contexts: Object.keys(contexts) });
  if (base?.kind === "image") return base.repository;
  if (base?.kind !== "context") return undefined;
  const context = contexts[base.name] ?? "";
  const next = linked[linkedName(context) ?? ""];
  if (next !== undefined) return await bottomOf(next, linked, withoutFile(files, source));
  const [, image] = /^docker-image:\/\/(.+)$/.exec(context) ?? [];
  return image === undefined ? undefined : repositoryOf({ name: image });
}

/** A ring of links ends where it began. */
function withoutFile<Key, Value>(files: ReadonlyMap<Key, Value>, key: Key): Map<Key, Value> {
  return new Map([...files].filter(([one]) => one !== key));
}

async function baseIn(text: string, facts: BuildFacts): Promise<Stage["base"] | undefined> {
  const [{ readDockerfile }, { buildOf, rootOf }] = await Promise.all([
    import("../dockerfile/stages.ts"),
    import("../dockerfile/build.ts"),
  ]);
  const build = buildOf(readDockerfile(text, facts), facts.target);
  return build && rootOf(build).base;
}

function repositoryOf({ name }: { readonly name: string }): string {
  return parseImageName(name).repository;
}
