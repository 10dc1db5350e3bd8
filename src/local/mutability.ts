export type TagMutability =
  | "MUTABLE"
  | "IMMUTABLE"
  | "MUTABLE_WITH_EXCLUSION"
  | "IMMUTABLE_WITH_EXCLUSION";

/** How the tags of a repository may move. Exclusions are wildcard patterns; only `*` is special. */
export interface MutabilitySetting {
  readonly mutability: TagMutability;
  readonly exclusions: readonly string[];
}

/**
 * Whether an existing tag may not be moved to another image.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
 */
export function isTagLocked({ mutability, exclusions }: MutabilitySetting, tag: string): boolean {
  const excluded = () => exclusions.some((pattern) => matchesWildcard(pattern, tag));
  switch (mutability) {
    case "MUTABLE":
      return false;
    case "IMMUTABLE":
      return true;
    case "MUTABLE_WITH_EXCLUSION":
      return excluded();
    case "IMMUTABLE_WITH_EXCLUSION":
      return !excluded();
  }
}

/** Whether the whole of `text` fits `pattern`, in which each `*` stands for any characters, or none. */
export function matchesWildcard(pattern: string, text: string): boolean {
  const [head = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return pattern === text;
  const tail = rest.pop() ?? "";
  if (text.length < head.length + tail.length) return false;
  if (!text.startsWith(head) || !text.endsWith(tail)) return false;
  return inOrder(rest, text.slice(head.length, text.length - tail.length));
}

/** Whether all parts occur in `text`, one after the other, without overlap. */
function inOrder(parts: readonly string[], text: string): boolean {
  let from = 0;
  for (const part of parts) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return true;
}
