import type { GitFacts } from "../../git/repository.ts";
import { type Inputs, inputsAnnotation, revisionAnnotation } from "./identity.ts";

/**
 * The annotations and labels of an image: where it came from, and when. `created` is the commit's date,
 * so that a rebuild does not change it (docker/build-push-action#994), and no version: one image may bear several.
 * https://github.com/opencontainers/image-spec/blob/main/annotations.md
 */
export function releaseAnnotations(
  image: string,
  { committedAt, remote }: Pick<GitFacts, "committedAt" | "remote">,
  inputs: Inputs,
): Record<string, string> {
  return {
    "org.opencontainers.image.title": image,
    [revisionAnnotation]: inputs.revision,
    ...(remote !== null && { "org.opencontainers.image.source": remote }),
    "org.opencontainers.image.created": committedAt,
    [inputsAnnotation]: inputs.digest,
  };
}
