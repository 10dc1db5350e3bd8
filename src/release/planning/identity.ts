import type { BuildSpec, LinkedTarget } from "../../docker/build-spec.ts";
import type { GitFacts } from "../../git/repository.ts";
import { digestOfValue, parseManifest } from "../../oci/manifest.ts";
import type { Digest } from "../../oci/reference.ts";

/** The annotation that says from which inputs an image was built. */
export const inputsAnnotation = "dev.slipway.build.inputs";
/** Other tools write it; Slipway does not, for an image may bear several versions. */
export const versionAnnotation = "org.opencontainers.image.version";
export const revisionAnnotation = "org.opencontainers.image.revision";

/** What an image is made from; equal inputs mean that it need not be built again. */
export interface Inputs {
  readonly revision: string;
  readonly digest: Digest;
}

/** The same inputs as wanted, other ones, or none stated: an image that Slipway did not make. */
export type Whose = "ours" | "other" | "unknown";

/**
 * Where the bytes come from and go through does not change them: cache, builder, pull and secrets' values
 * are left out, and so is the place of a layout that is a named context: its content counts. What a linked
 * target is made from counts with it. A rebuild is made for one version, `rebuiltFor`, and is another image than the first.
 */
export function inputsOf(
  spec: BuildSpec,
  image: string,
  git: Pick<GitFacts, "commit" | "worktree">,
  rebuiltFor?: string,
): Inputs {
  const { builder, linked, ...own } = spec;
  const { commit, worktree } = git;
  const stated = {
    format: 1,
    image,
    commit,
    worktree,
    ...madeOf(own),
    ...(linked && { linked: mapped(linked, madeOf) }),
    ...(rebuiltFor !== undefined && { rebuiltFor }),
  };
  return { revision: commit, digest: digestOfValue(stated) };
}

function madeOf<Source extends LinkedTarget>(source: Source) {
  const { cacheFrom, cacheTo, noCache, pull, layouts, ...made } = source;
  return {
    ...made,
    contexts: { ...made.contexts, ...layouts },
    platforms: [...made.platforms].sort(),
  };
}

function mapped<One, Other>(map: Readonly<Record<string, One>>, change: (one: One) => Other) {
  return Object.fromEntries(Object.entries(map).map(([name, one]) => [name, change(one)]));
}

/** Tells whose an image is by what its index or manifest is annotated with. */
export function whose(annotations: Readonly<Record<string, string>>, wanted: Inputs): Whose {
  const stated = annotations[inputsAnnotation];
  if (stated === undefined) return "unknown";
  const same = stated === wanted.digest && annotations[revisionAnnotation] === wanted.revision;
  return same ? "ours" : "other";
}

/** Of an index or a manifest. Throws MANIFEST_INVALID. */
export function annotationsOf(manifest: { readonly text: string; readonly mediaType: string }) {
  return parseManifest(manifest.text, manifest.mediaType || undefined).annotations;
}
