import { isAbsolute, posix } from "node:path";
import type { BakeNames } from "./bake-names.ts";
import {
  annotationsOf,
  type BuildArgumentsOptions,
  outputOf,
  secretField,
} from "./build-arguments.ts";
import { type BuildSpec, isRemote, type LinkedTarget } from "./build-spec.ts";

/** One image of a bake, and what `docker buildx build` would be told about it. */
export interface BakedImage extends Omit<BuildArgumentsOptions, "metadataFile" | "builder"> {
  readonly spec: BuildSpec;
}

type Target = Readonly<Record<string, unknown>>;

/** The arguments of buildx that build the images whose definition comes on standard input. */
export function bakeArguments(
  names: readonly string[],
  builder: string | undefined,
  metadataFile: string,
): string[] {
  return [
    "bake",
    ...(builder === undefined ? [] : [`--builder=${builder}`]),
    "--file=-",
    `--metadata-file=${metadataFile}`,
    "--progress=rawjson",
    ...names,
  ];
}

/**
 * The bake definition of several images as JSON: a target for each, and one without an output for each target that
 * it is linked to. It says of an image what `buildArguments` says, so that the image is the same alone and in company.
 * Secrets stand in it as references. https://docs.docker.com/build/bake/reference/
 */
export function bakeDefinition(
  images: readonly BakedImage[],
  names: readonly BakeNames[],
  builder: BuildArgumentsOptions["builder"],
): string {
  const targets = images.flatMap((image, at) => targetsOf(image, names[at] as BakeNames, builder));
  return JSON.stringify({ target: Object.fromEntries(targets) });
}

function targetsOf(
  image: BakedImage,
  names: BakeNames,
  builder: BuildArgumentsOptions["builder"],
): [string, Target][] {
  const { spec, epoch, destination, labels } = image;
  const dated = spec.reproducible && epoch !== undefined;
  const source = (one: LinkedTarget) =>
    sourceOf(one, names, dated ? { SOURCE_DATE_EPOCH: `${epoch}` } : {});
  const own = {
    ...source({ ...spec, labels: { ...labels, ...spec.labels } }),
    annotations: annotationsOf(spec, image).map(literal),
    attest: [
      spec.provenance === "none"
        ? "type=provenance,disabled=true"
        : `type=provenance,mode=${spec.provenance}`,
      `type=sbom,disabled=${!spec.sbom}`,
    ],
    output: [literal(outputOf(spec, { destination, builder }))],
  };
  const linked = Object.entries(spec.linked ?? {}).map(([name, one]): [string, Target] => [
    names.linked[name] ?? name,
    // What a rebuild asks for, it asks for of everything.
    source({ ...one, noCache: spec.noCache || one.noCache, pull: spec.pull || one.pull }),
  ]);
  return [[names.own, own], ...linked];
}

function sourceOf(
  spec: LinkedTarget,
  { linked }: BakeNames,
  dates: Readonly<Record<string, string>>,
): Target {
  const contexts = Object.entries(spec.contexts).map(([name, from]) => {
    const target = Object.keys(linked).find((known) => from === `target:${known}`);
    return [name, target === undefined ? from : `target:${linked[target]}`] as const;
  });
  return {
    context: literal(spec.context),
    dockerfile: literal(fromContext(spec)),
    ...(spec.target !== undefined && { target: literal(spec.target) }),
    platforms: spec.platforms,
    args: literals({ ...spec.args, ...dates }),
    contexts: literals(Object.fromEntries(contexts)),
    labels: literals(spec.labels),
    secret: spec.secrets.map(secretField).map(literal),
    ssh: spec.ssh.map(literal),
    "cache-from": spec.cacheFrom.map(literal),
    "cache-to": spec.cacheTo.map(literal),
    "no-cache": spec.noCache,
    pull: spec.pull,
  };
}

/** bake means a Dockerfile from its context, Slipway from the project. */
function fromContext({ context, dockerfile }: LinkedTarget): string {
  if (isAbsolute(dockerfile) || isRemote(context)) return dockerfile;
  return isAbsolute(context) ? `cwd://${dockerfile}` : posix.relative(context, dockerfile);
}

function literals(map: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(map).map(([name, value]) => [literal(name), literal(value)]);
  return Object.fromEntries(entries);
}

/** Every text of a definition is a template of HCL, also in JSON. */
function literal(text: string): string {
  return text.replace(/[$%](?=\{)/g, "$&$&");
}
