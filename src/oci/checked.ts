import { createHash } from "node:crypto";
import { Transform } from "node:stream";
import { SlipwayError } from "../errors.ts";
import type { Source } from "./content.ts";
import type { Descriptor } from "./manifest.ts";

const somewhere = { name: "the source", remedy: [] };

/**
 * Passes a blob's bytes on and ends with CONTENT_CORRUPT, instead of ending well, when they are not
 * the ones the descriptor promises. It stops as soon as there are too many of them.
 */
export function checked(
  { digest, size }: Pick<Descriptor, "digest" | "size">,
  { name, remedy }: NonNullable<Source["place"]> = somewhere,
) {
  const [algorithm = "", wanted] = digest.split(":");
  const hash = createHash(algorithm);
  let seen = 0;
  const corrupt = (why: string) =>
    new SlipwayError("CONTENT_CORRUPT", `${digest} from ${name} ${why}`, { suggestions: remedy });
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      hash.update(chunk);
      if (seen > size) done(corrupt(`is longer than its ${size} bytes`));
      else done(null, chunk);
    },
    flush(done) {
      if (seen < size) return done(corrupt(`ends after ${seen} of ${size} bytes`));
      const found = hash.digest("hex");
      return found === wanted ? done() : done(corrupt(`has the digest ${algorithm}:${found}`));
    },
  });
}
