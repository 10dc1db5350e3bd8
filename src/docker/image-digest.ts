import { isFailure } from "../errors.ts";
import { type Digest, isDigest } from "../oci/reference.ts";
import { runBuildx } from "./buildx.ts";

/** What an image's name stands for just now, or why its registry did not tell. */
export type ResolvedImage = { readonly digest: Digest } | { readonly why: string };

export interface ResolveOptions {
  /** Its settings for registries hold, as in a build. */
  readonly builder?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds. Some firewalls let nobody answer. */
const limit = 20_000;

/**
 * Asks the registry of an image for the digest under its tag, that of the index where it has one: `docker buildx
 * imagetools inspect`, with the user's own logins. Nothing is pulled. Throws INTERRUPTED.
 */
export async function resolveImage(
  name: string,
  { builder, env, signal }: ResolveOptions,
): Promise<ResolvedImage> {
  // Nothing else begins a reference, and what begins with a dash would be an option.
  if (!/^[a-z0-9]/i.test(name)) return { why: `'${name}' is no name of an image` };
  const args = ["imagetools", "inspect", "--format", "{{json .Manifest}}"];
  const own = builder === undefined ? [] : ["--builder", builder];
  try {
    const options = { env, signal, timeout: limit };
    const { stdout, errorTail } = await runBuildx([...args, ...own, name], options);
    const digest = digestIn(stdout);
    if (digest !== undefined) return { digest };
    const said = errorTail.findLast((line) => line.trim() !== "") ?? "docker said nothing";
    return { why: said.trim().replace(/^ERROR: /, "") };
  } catch (error) {
    if (!isFailure(error)) throw error;
    return { why: error.message };
  }
}

function digestIn(text: string): Digest | undefined {
  try {
    const { digest } = JSON.parse(text) as { readonly digest?: unknown };
    return typeof digest === "string" && isDigest(digest) ? digest : undefined;
  } catch {
    return undefined;
  }
}
