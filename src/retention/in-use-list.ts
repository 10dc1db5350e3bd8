import { SlipwayError } from "../errors.ts";
import { parseReference, type Reference } from "../oci/reference.ts";

/** One entry of a list of references, and where in it, for an error to tell. */
export interface Entry {
  readonly text: string;
  readonly place: string;
}

/** The entries of a text: a line each, or parted by blanks (kubectl's jsonpath) or commas (its columns); `#` begins a comment. */
export function entriesOf(text: string): readonly Entry[] {
  return text.split(/\r?\n/).flatMap((line, at) => {
    const words = line.replace(/#.*/, "").split(/[\s,]+/);
    const place = `line ${at + 1}`;
    return words.filter((word) => word !== "").map((word) => ({ text: word, place }));
  });
}

/**
 * Why a list does not say which images run, or `undefined` when it does. One entry that is no reference makes the rest of
 * it doubtful: a table of pods has words in it that could be images, and a shell's error message too.
 */
export function whyNoList(entries: readonly Entry[]): string | undefined {
  let isNamed = false;
  for (const { text, place } of entries) {
    const found = readEntry(text);
    if (typeof found === "string") return `${place}: ${found}`;
    isNamed ||= !isBareName(found);
  }
  const [first] = entries;
  if (!first || isNamed) return undefined;
  return `${first.place}: '${first.text}' may be the name of anything, and nothing in it has a registry, a tag or a digest`;
}

/** The reference, or why it is none. */
function readEntry(text: string): Reference | string {
  if (/^(?:sha256:|(?:[0-9a-f]{12}|[0-9a-f]{64})$)/.test(text)) {
    return `'${text}' is the id of an image, which names no repository`;
  }
  try {
    return parseReference(text);
  } catch (error) {
    if (error instanceof SlipwayError) return error.message;
    throw error;
  }
}

function isBareName({ host, tag, digest }: Reference): boolean {
  return !(host ?? tag ?? digest);
}
