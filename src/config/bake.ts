import { isAbsolute, posix } from "node:path";
import { type BuildSecret, type BuildSpec, linkedNames } from "../docker/build-spec.ts";
import { type Loose, list, object } from "../loose.ts";
import { canonicalPlatform } from "../oci/platform.ts";
import { nearestWord, showValue } from "../wording.ts";
import { parseSecret } from "./secrets.ts";

/** What a bake file says of a build, in the shape of `build`, and of the platforms. */
export type Baked = Partial<
  Pick<
    BuildSpec,
    | "platforms"
    | "context"
    | "dockerfile"
    | "target"
    | "args"
    | "contexts"
    | "ssh"
    | "labels"
    | "cacheFrom"
    | "cacheTo"
    | "noCache"
    | "pull"
  >
> & {
  readonly secrets?: readonly BuildSecret[];
  /** The targets that its contexts are linked to, and those that these are linked to, by name. */
  readonly linked?: Readonly<Record<string, Baked>>;
};

export type BakedTarget = { readonly build: Baked } | { readonly mistake: string };

/** `FILE#target` taken apart. */
export function parseBake(text: string): { readonly file: string; readonly target?: string } {
  const at = text.lastIndexOf("#");
  if (at < 0) return { file: text };
  return { file: text.slice(0, at), target: text.slice(at + 1) };
}

/**
 * The build of one target of what `docker buildx bake --print` printed: the target that is named; else the one
 * with the last part of the image's name; else the only one. What this project gives an image itself (tags,
 * output, attestations) is passed over; what it cannot pass on is a mistake with its name.
 */
export function bakedTarget(printed: unknown, image: string, named?: string): BakedTarget {
  const targets = object(object(printed).target);
  const names = Object.keys(targets);
  const last = image.split("/").at(-1) ?? "";
  const [only] = names;
  const own = names.includes(last) ? last : names.length === 1 ? only : undefined;
  const chosen = named ?? own;
  if (chosen === undefined || !names.includes(chosen)) return { mistake: whichOf(names, chosen) };
  return withLinks(chosen, (name) => targets[name]);
}

/** The build of a target and of all that it is linked to, or what of them cannot be passed on. */
function withLinks(chosen: string, targetOf: (name: string) => unknown): BakedTarget {
  const contextsOf = (name: string) => texts(object(targetOf(name)).contexts);
  const links = linkedNames(contextsOf(chosen), contextsOf);
  for (const name of [chosen, ...links]) {
    const refused = whyNot(targetOf(name));
    if (refused) return { mistake: `target ${name} ${refused}` };
  }
  const build = buildOf(object(targetOf(chosen)));
  if (links.length === 0) return { build };
  const linked = links.map((name) => [name, buildOf(object(targetOf(name)))] as const);
  return { build: { ...build, linked: Object.fromEntries(linked) } };
}

/** What of a target no build of one image can be given. */
function whyNot(found: unknown): string | undefined {
  if (found === undefined) return "is linked to, and is not in the file";
  const target = object(found);
  const strange = Object.keys(target).find((key) => !known.has(key) && !isEmpty(target[key]));
  if (strange !== undefined) {
    return `has ${strange} (${showValue(target[strange])}), which no build here can be given`;
  }
  const context = text(target.context) ?? "";
  return isRemote.test(context) ? `has the remote context ${showValue(context)}` : undefined;
}

function whichOf(names: readonly string[], wanted: string | undefined): string {
  const all = names.join(", ") || "none";
  if (wanted === undefined) return `expected FILE#TARGET, for the file has the targets ${all}`;
  const nearest = nearestWord(wanted, names);
  return `unknown target ${showValue(wanted)}, ${nearest ? `did you mean '${nearest}'?` : `known are ${all}`}`;
}

const isRemote = /^\w+:\/\/|^git@/;
const taken = ["context", "contexts", "dockerfile", "target", "args", "labels", "platforms"];
const more = ["cache-from", "cache-to", "secret", "ssh", "pull", "no-cache"];
/** These Slipway decides itself, or they say nothing of the image. */
const passedOver = ["tags", "output", "attest", "description", "call", "inherits"];
const known = new Set([...taken, ...more, ...passedOver]);

function buildOf(target: Loose): Baked {
  const context = text(target.context) ?? ".";
  const dockerfile = text(target.dockerfile) ?? "Dockerfile";
  const stage = text(target.target);
  const platforms = strings(target.platforms)?.map(canonicalPlatform);
  return {
    context,
    // bake means it from the context, Slipway from the project.
    dockerfile: isAbsolute(dockerfile) ? dockerfile : posix.join(context, dockerfile),
    ...(stage !== undefined && { target: stage }),
    ...(platforms && { platforms }),
    args: texts(target.args),
    contexts: texts(target.contexts),
    secrets: list(target.secret).flatMap(secretOf),
    ssh: list(target.ssh).flatMap(sshOf),
    labels: texts(target.labels),
    cacheFrom: list(target["cache-from"]).map(csv),
    cacheTo: list(target["cache-to"]).map(csv),
    ...(typeof target.pull === "boolean" && { pull: target.pull }),
    ...(typeof target["no-cache"] === "boolean" && { noCache: target["no-cache"] }),
  };
}

function secretOf(secret: unknown): BuildSecret[] {
  const { id, src, env } = object(secret);
  const parsed =
    typeof secret === "string" ? parseSecret(secret) : parseSecret({ id, env, file: src });
  return parsed ? [parsed] : [];
}

function sshOf(agent: unknown): string[] {
  if (typeof agent === "string") return [agent];
  const { id, paths } = object(agent);
  if (typeof id !== "string") return [];
  const sockets = strings(paths) ?? [];
  return [sockets.length === 0 ? id : `${id}=${sockets.join(",")}`];
}

function csv(cache: unknown): string {
  if (typeof cache === "string") return unescaped(cache);
  return Object.entries(texts(cache))
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
}

/** An argument without a value is one that the environment does not have. */
function texts(map: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(object(map)).filter(([, value]) => value !== null);
  return Object.fromEntries(entries.map(([name, value]) => [name, unescaped(String(value))]));
}

/** bake prints what its own reader would expand with the sign doubled. */
function unescaped(value: string): string {
  return value.replaceAll("$${", "${").replaceAll("%%{", "%{");
}

function strings(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.length > 0 ? value.map(String) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? unescaped(value) : undefined;
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === false || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
