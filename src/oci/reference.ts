import { SlipwayError } from "../errors.ts";

/** `sha256:…` or `sha512:…`, lower-case hex. */
export type Digest = `${"sha256" | "sha512"}:${string}`;

/** `[host/]repository[:tag][@digest]`, as docker writes it. Without a host the field is absent. */
export interface Reference {
  readonly host?: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/** What the host name of an ECR registry tells. */
export interface EcrHost {
  readonly account: string;
  readonly region: string;
  readonly fips: boolean;
}

const digestForm = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;
const tagForm = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
// A name or an address, IPv6 in brackets, and a port: the grammar of docker's reference package.
const hostForm =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?)*|\[[0-9A-Fa-f:]+\])(?::\d+)?$/;
// The pattern of the ECR service model; ECR allows 2 to 256 characters.
const repositoryForm =
  /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
// Every partition's form, after awslabs/amazon-ecr-credential-helper (standard, dual-stack, FIPS, China, EU, ISO).
const ecrHostForm =
  /^(\d{12})\.dkr[.-]ecr(-fips)?\.([a-zA-Z0-9][a-zA-Z0-9-_]*)\.(?:amazonaws\.(?:com(?:\.cn)?|eu)|on\.(?:aws|amazonwebservices\.com\.cn)|sc2s\.sgov\.gov|c2s\.ic\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)$/;

export function isDigest(text: string): text is Digest {
  return digestForm.test(text);
}

/** Whether `text` is a legal tag: the OCI distribution specification's pattern, 128 characters at most. */
export function isTag(text: string): boolean {
  return tagForm.test(text);
}

export function isRepositoryName(text: string): boolean {
  return text.length >= 2 && text.length <= 256 && repositoryForm.test(text);
}

/** Account and region of an ECR registry's host name; `undefined` for any other host. */
export function parseEcrHost(host: string): EcrHost | undefined {
  const match = ecrHostForm.exec(host);
  if (!match) return undefined;
  const [, account = "", fips, region = ""] = match;
  return { account, region, fips: fips !== undefined };
}

/** Longer than any reference: a file that is no list of them may be one word of megabytes. */
const mostShown = 1000;

/** Takes `[host/]repository[:tag][@digest]` apart. Throws USAGE when it is not one. */
export function parseReference(text: string): Reference {
  const shown = (part: string) =>
    part.length > mostShown ? `'${part.slice(0, mostShown)}…'` : `'${part}'`;
  const refuse = (part: string, expected: string) =>
    new SlipwayError(
      "USAGE",
      `${shown(text)} is not an image reference: ${shown(part)} is not ${expected}`,
    );
  const [named = "", digest, ...more] = text.split("@");
  if (more.length > 0 || (digest !== undefined && !isDigest(digest))) {
    throw refuse(text.slice(named.length + 1), "a digest");
  }
  const { host, path } = splitHost(named);
  if (host !== undefined && !hostForm.test(host)) throw refuse(host, "a host");
  const [repository = "", ...rest] = path.split(":");
  const tag = rest.length > 0 ? rest.join(":") : undefined;
  if (!isRepositoryName(repository)) throw refuse(repository, "a repository name");
  if (tag !== undefined && !isTag(tag)) throw refuse(tag, "a tag");
  return definedOnly({ host, repository, tag, digest });
}

/**
 * How people name an image on a command line: a layout on disk (`oci:PATH`), a digest or a tag of the image that is
 * worked on, or one in a repository, with or without its host.
 */
export type ImageName =
  | { readonly kind: "layout"; readonly directory: string }
  | { readonly kind: "digest"; readonly digest: Digest }
  /** Of a digest the beginning, as plans and inspections show it. */
  | { readonly kind: "beginning"; readonly beginning: string }
  /** A tag or a version: which of them only the tag templates know. */
  | { readonly kind: "tag"; readonly tag: string }
  | { readonly kind: "repository"; readonly reference: Reference; readonly beginning?: string };

/** Reads an image's name. Throws USAGE when it is none, or names a repository alone and no image in it. */
export function parseImageName(text: string): ImageName {
  if (text.startsWith("oci:") && text.length > "oci:".length) {
    return { kind: "layout", directory: text.slice("oci:".length) };
  }
  if (isDigest(text)) return { kind: "digest", digest: text };
  if (isBeginning(text)) return { kind: "beginning", beginning: text };
  if (/^[^/:@]+$/.test(text)) return { kind: "tag", tag: text };
  const named = parseNamed(text);
  const { tag, digest } = named.reference;
  if (tag ?? digest ?? named.beginning) return { kind: "repository", ...named };
  throw new SlipwayError("USAGE", `'${text}' names a repository and no image in it`, {
    suggestions: [`add a tag or a digest: ${text}:1.4.0`],
  });
}

/** As `parseReference`, and takes the beginning of a digest for one. Throws USAGE. */
export function parseNamed(text: string): Omit<Extract<ImageName, { kind: "repository" }>, "kind"> {
  const parts = text.split("@");
  const last = parts.at(-1) ?? "";
  if (isLikeDigest(last) && !isDigest(last) && !isBeginning(last)) throw noDigest(last);
  const [named = "", beginning = ""] = parts;
  const isShort = parts.length === 2 && isBeginning(beginning);
  return isShort
    ? { reference: parseReference(named), beginning }
    : { reference: parseReference(text) };
}

function isLikeDigest(text: string): boolean {
  return /^sha(?:256|512):/.test(text);
}

function noDigest(text: string): SlipwayError {
  return new SlipwayError("USAGE", `'${text}' is not a digest`, {
    suggestions: ["name it whole, or at least its first 4 digits: sha256:40ed4dc63af5"],
  });
}

/** Whether `text` is the beginning of a digest, of 4 digits at least: `sha256:40ed4dc63af5`. */
export function isBeginning(text: string): boolean {
  return /^(?:sha256:[0-9a-f]{4,63}|sha512:[0-9a-f]{4,127})$/.test(text);
}

/**
 * The one of these digests that begins so; `undefined` where none does. Throws USAGE where several do, naming some of
 * them and `where` they are.
 */
export function wholeDigest<One extends string>(
  beginning: string,
  digests: Iterable<One>,
  where: string,
): One | undefined {
  const [found, ...others] = new Set([...digests].filter((one) => one.startsWith(beginning)));
  if (others.length === 0) return found;
  const all = [found, ...others].slice(0, 3).join(", ");
  throw new SlipwayError(
    "USAGE",
    `'${beginning}' begins ${others.length + 1} digests of ${where}: ${all}${others.length > 2 ? " …" : ""}`,
    { suggestions: ["name more of the digest"] },
  );
}

/** Leaves absent what is `undefined`, so that equal references are deeply equal. */
function definedOnly(fields: { [Key in keyof Reference]: Reference[Key] | undefined }): Reference {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as unknown as Reference;
}

/** docker's rule: the first part is a host when it has a dot or a colon, or is `localhost`. */
function splitHost(named: string): { host?: string; path: string } {
  const slash = named.indexOf("/");
  const first = named.slice(0, slash);
  const isHost = slash > 0 && (/[.:]/.test(first) || first === "localhost");
  return isHost ? { host: first, path: named.slice(slash + 1) } : { path: named };
}

/** A named build context that is an OCI layout, as buildx takes it: `oci-layout://PATH[:TAG][@DIGEST]`. */
export interface LayoutContext {
  readonly path: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** `undefined` for every other kind of context. */
export function parseLayoutContext(source: string): LayoutContext | undefined {
  const [, path, tag, digest] =
    /^oci-layout:\/\/([^@]+?)(?::([\w.-]+))?(?:@(.+))?$/.exec(source) ?? [];
  if (path === undefined) return undefined;
  return { path, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}
