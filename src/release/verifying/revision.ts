import { revisionAnnotation } from "../planning/identity.ts";
import type { Request } from "../request.ts";
import type { Check } from "./checks.ts";
import type { StatedRevisions } from "./look.ts";

/** The git tag of a version, and the commit it points to; `null` where git does not know the tag here. */
export interface GitTag {
  readonly name: string;
  readonly commit: string | null;
}

/**
 * The label of every platform, and the index's annotation where it has one (Docker's own lists cannot), must name the
 * commit of the version's git tag; where git does not know that, the same commit all of them. Both have one name (OCI
 * image specification, "Annotations").
 */
export function revisionChecks(
  { build }: Pick<Request, "build">,
  { annotation, labels }: StatedRevisions,
  gitTag: GitTag,
): Check[] {
  const all: Statement[] = [
    ...(annotation === null ? [] : [{ place: "annotation", revision: annotation }]),
    // A label of the build file's own wins over the one that a release gives, and is what its author wants.
    ...(revisionAnnotation in build.labels ? [] : labels).map(({ platform, revision }) => ({
      place: `label of ${platform}`,
      revision,
    })),
  ];
  const wanted = gitTag.commit ?? all.find(({ revision }) => revision !== null)?.revision ?? null;
  const isRight = all.length > 0 && all.every(({ revision }) => revision === wanted);
  const expected = `${shortCommit(wanted)}${whose(gitTag)}`;
  if (isRight && wanted !== null) return [{ name: "revision", holds: true, found: expected }];
  const found = [
    saying(all),
    ...(wanted === null ? [] : [`expected ${expected}`]),
    ...(all.every(({ revision }) => revision !== null) && all.length > 0 ? [] : [remedy]),
  ];
  return [{ name: "revision", holds: false, found: found.join("; ") }];
}

const remedy = `slipway build writes it; where another tool builds: --label ${revisionAnnotation}=COMMIT, under another version`;

type Statement = { readonly place: string; readonly revision: string | null };

function whose({ name, commit }: GitTag): string {
  return commit === null
    ? `; there is no git tag ${name} here to compare it with`
    : `, the commit of git tag ${name}`;
}

/** Who says what; one word for all where they agree. */
function saying(all: readonly Statement[]): string {
  const [first] = all;
  const isOne = all.every(({ revision }) => revision === first?.revision);
  if (first === undefined || (isOne && first.revision === null)) {
    return `no label ${revisionAnnotation} names a commit`;
  }
  if (isOne) return shortCommit(first.revision);
  return all.map(({ place, revision }) => `${place}: ${shortCommit(revision)}`).join("; ");
}

function shortCommit(revision: string | null): string {
  return revision?.slice(0, 12) ?? "none";
}
