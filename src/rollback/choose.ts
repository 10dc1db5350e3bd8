import type { Digest } from "../oci/reference.ts";
import type { Problem } from "../release/problem.ts";
import { digestOfTag } from "../release/rolled-back.ts";
import {
  type Asked,
  digestOfVersion,
  heldAt,
  isSamePlace,
  lineOf,
  placeOf,
  type RollbackFacts,
  type RollbackRequest,
  sourcesOf,
  versionsOfLine,
} from "./facts.ts";

/** Where the tag goes at one target and who says so, or why that cannot be told. */
export type Goal =
  | { readonly digest: Digest; readonly because: string }
  | { readonly problem: Omit<Problem, "target"> };

/**
 * Where the tag goes at each target, in their order. Without `--to` it is where every source says that it was; a
 * target that another run has rolled back already stays, while the others follow it.
 */
export function chooseGoals(
  request: RollbackRequest,
  asked: Asked,
  targets: readonly RollbackFacts[],
): Goal[] {
  return targets.map((facts) => {
    const at = digestOfTag(facts.target.images, request.tag);
    if (at === undefined) return missingTag(request);
    if (request.to !== undefined) return namedGoal(request, asked, facts);
    const held = heldAt(request.tag, asked, facts);
    if (held === undefined) return formerGoal(request, asked, facts);
    const isAhead = isAheadOfOthers(request, asked, facts, targets);
    if (isAhead) return { digest: at, because: "it was rolled back already" };
    return alreadyBack(request, held, asked, facts);
  });
}

function missingTag({ tag }: RollbackRequest): Goal {
  const message = `there is no tag ${tag}`;
  return { problem: { code: "TAG_MISSING", message, remedy: "check the spelling and --image" } };
}

function namedGoal({ tag, to }: RollbackRequest, asked: Asked, facts: RollbackFacts): Goal {
  if (to === undefined || "digest" in to) {
    return { digest: to?.digest as Digest, because: "asked for by its digest" };
  }
  const { version } = to;
  const digest = digestOfVersion(version, asked, facts);
  const candidates = versionsOfLine(tag, asked, facts);
  const remedy = candidatesText(candidates);
  if (digest === undefined) {
    return { problem: { code: "VERSION_UNKNOWN", message: `there is no ${version}`, remedy } };
  }
  if (!candidates.includes(version) && lineOf(tag, asked, candidates)) {
    const message = `${version} is not of the line of ${tag}`;
    const meant = `${remedy}; when it is meant all the same: --to ${digest}`;
    return { problem: { code: "VERSION_OF_OTHER_LINE", message, remedy: meant } };
  }
  return { digest, because: `asked for: ${version}` };
}

/** Where the sources say that it was, when they say it with one voice. */
function formerGoal(request: RollbackRequest, asked: Asked, facts: RollbackFacts): Goal {
  const { tag } = request;
  const at = digestOfTag(facts.target.images, tag) as Digest;
  const sources = sourcesOf(request, at, facts);
  const [first, ...others] = [...new Set(sources.map(({ from }) => from))];
  const remedy = candidatesText(withoutPlace(at, asked, facts, versionsOfLine(tag, asked, facts)));
  if (first === undefined) {
    const message = `nothing tells where ${tag} was before ${nameOf(at, asked, facts)}`;
    return { problem: { code: "PREDECESSOR_UNKNOWN", message, remedy } };
  }
  if (others.length === 0) return { digest: first, because: `by ${sources[0]?.says}` };
  const said = sources.map(({ from, says }) => `${says} says ${nameOf(from, asked, facts)}`);
  const message = `where ${tag} was before is told in two ways: ${[...new Set(said)].join("; ")}`;
  return { problem: { code: "PREDECESSOR_AMBIGUOUS", message, remedy } };
}

/** Another target still has the tag where it was rolled back from here. */
function isAheadOfOthers(
  request: RollbackRequest,
  asked: Asked,
  facts: RollbackFacts,
  targets: readonly RollbackFacts[],
): boolean {
  const at = digestOfTag(facts.target.images, request.tag) as Digest;
  const before = facts.records
    .filter(({ newerThan }) => newerThan !== undefined)
    .flatMap(({ moved }) => moved.filter(({ tag }) => tag === request.tag))
    .map(({ from }) => placeOf(from, asked, facts));
  return targets.some((other) => {
    const there = digestOfTag(other.target.images, request.tag);
    if (other === facts || there === undefined || there === at) return false;
    return before.some((place) => isSamePlace(place, placeOf(there, asked, other)));
  });
}

function alreadyBack(
  request: RollbackRequest,
  held: string,
  asked: Asked,
  facts: RollbackFacts,
): Goal {
  const { tag } = request;
  const at = digestOfTag(facts.target.images, tag) as Digest;
  const message = `${tag} was rolled back already, to ${nameOf(at, asked, facts)}; only a release newer than ${held} moves it`;
  const candidates = withoutPlace(at, asked, facts, versionsOfLine(tag, asked, facts));
  return { problem: { code: "ROLLED_BACK_ALREADY", message, remedy: candidatesText(candidates) } };
}

function withoutPlace(
  at: Digest,
  asked: Asked,
  facts: RollbackFacts,
  versions: readonly string[],
): string[] {
  return versions.filter((version) => digestOfVersion(version, asked, facts) !== at);
}

const mostCandidates = 8;

function candidatesText(versions: readonly string[]): string {
  if (versions.length === 0) return "name the image: --to sha256:…";
  const more = versions.length > mostCandidates ? " …" : "";
  return `name the version, --to VERSION: ${versions.slice(0, mostCandidates).join(", ")}${more}`;
}

/** `1.4.0`, or the digest where no version has it. */
export function nameOf(digest: Digest, asked: Asked, facts: RollbackFacts): string {
  return placeOf(digest, asked, facts).versions.at(-1) ?? digest;
}
