import { isFailure } from "../errors.ts";
import { object, objects } from "../loose.ts";
import type { Source } from "../oci/content.ts";
import { type Digest, isDigest } from "../oci/reference.ts";
import { readSmallBlob } from "../oci/small-blob.ts";
import { isOfKind, statementsIn } from "../oci/statements.ts";
import type { Tree } from "../oci/tree.ts";

/** An image that a build read: a base, a stage's, a frontend, as it was under its name in that moment. */
export interface BaseImage {
  readonly name: string;
  readonly digest: Digest;
}

/**
 * The images that an image was built from, as buildx's provenance says of each platform; each once, by name.
 * `undefined` where no provenance is, or none that can be read: nothing depends on it. Throws INTERRUPTED.
 */
export async function readBaseImages(
  tree: Tree,
  source: Pick<Source, "blob" | "place">,
): Promise<readonly BaseImage[] | undefined> {
  const statements = statementsIn(tree).filter((one) => isOfKind(one, "provenance"));
  if (statements.length === 0) return undefined;
  try {
    const read = await Promise.all(statements.map(({ blob }) => readSmallBlob(blob, source)));
    return unique(read.flatMap((bytes) => baseImagesOf(JSON.parse(bytes.toString("utf8")))));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    if (isFailure(error)) return undefined;
    throw error;
  }
}

/**
 * The images among what an in-toto statement says was read. SLSA 0.2 calls them `materials`, SLSA 1 `resolvedDependencies`
 * (https://slsa.dev/spec/v1.0/provenance); BuildKit writes an image as `pkg:docker/NAME@TAG?…`, one of an OCI layout
 * as `pkg:oci/NAME@TAG?…` (https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-provenance.md).
 */
export function baseImagesOf(statement: unknown): BaseImage[] {
  const { materials, buildDefinition } = object(object(statement).predicate);
  const listed = materials ?? object(buildDefinition).resolvedDependencies;
  return objects(listed).flatMap((material) => {
    const name = imageName(material.uri);
    const digest = `sha256:${object(material.digest).sha256}`;
    return name !== undefined && isDigest(digest) ? [{ name, digest }] : [];
  });
}

/** `pkg:docker/team%2Fapp@1.0?platform=…` → `team/app:1.0`; `undefined` for what is no image. */
function imageName(uri: unknown): string | undefined {
  if (typeof uri !== "string") return undefined;
  const [, path, version] = /^pkg:(?:docker|oci)\/([^@?#]+)(?:@([^?#]+))?/.exec(uri) ?? [];
  if (path === undefined) return undefined;
  const [name, tag] = [path, version ?? ""].map(decoded);
  return tag === "" || tag?.includes(":") ? name : `${name}:${tag}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function unique(images: readonly BaseImage[]): BaseImage[] {
  const byText = new Map(images.map((one) => [`${one.name}@${one.digest}`, one]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}
