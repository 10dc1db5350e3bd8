import { createHash } from "node:crypto";
import { SlipwayError } from "../errors.ts";
import type { Chunks } from "./chunks.ts";
import type { Source } from "./content.ts";
import type { Descriptor } from "./manifest.ts";

const somewhere = { name: "the source", remedy: [] };

/**
 * Passes a blob's bytes on and ends with CONTENT_CORRUPT, instead of ending well, when they are not
 * the ones the descriptor promises: of wrong bytes the last are never passed on. It stops as soon as
 * there are too many of them.
 */
export async function* checked(
  chunks: Chunks,
  { digest, size }: Pick<Descriptor, "digest" | "size">,
  { name, remedy }: NonNullable<Source["place"]> = somewhere,
): AsyncGenerator<Buffer, void> {
  const [algorithm = "", wanted] = digest.split(":");
  const hash = createHash(algorithm);
  let seen = 0;
  const corrupt = (why: string) =>
    new SlipwayError("CONTENT_CORRUPT", `${digest} from ${name} ${why}`, { suggestions: remedy });
  const verify = () => {
    const found = hash.digest("hex");
    if (found !== wanted) throw corrupt(`has the digest ${algorithm}:${found}`);
  };
  for await (const chunk of chunks) {
    seen += chunk.length;
    if (seen > size) throw corrupt(`is longer than its ${size} bytes`);
    hash.update(chunk);
    if (seen === size && chunk.length > 0) verify();
    yield chunk;
  }
  if (seen < size) throw corrupt(`ends after ${seen} of ${size} bytes`);
  if (size === 0) verify();
}
