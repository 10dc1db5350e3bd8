import { type Digest, wholeDigest } from "../oci/reference.ts";
import { digestOfTag } from "../release/planning/subject.ts";
import type { Problem } from "../release/problem.ts";
import {
  type Asked,
  candidatesOf,
  digestOfVersion,
  digestsOfVersions,
  isSamePlace,
  lineOf,
  minuteOf,
  placeName,
  placesAt,
  type RollbackFacts,
  type RollbackRequest,
  someOf,
  sourcesOf,
  versionsOfLine,
} from "./facts.ts";
import { type Held, heldAt } from "./held.ts";

/** Where the tag goes at one target and who says so, or why that cannot be told. */
export type Goal =
  | { readonly digest: Digest; readonly because: string }
  | { readonly problem: Omit<Problem, "target"> };

/**
 * Where the tag goes at each target, in their order. Without `--to` it stays where a rollback took it and goes there
 * at the other targets, so that the same command again finishes one that died; else where every source says that it was.
 */
export function chooseGoals(
  request: RollbackRequest,
  asked: Asked,
  targets: readonly RollbackFacts[],
): Goal[] {
  const held = targets.flatMap((facts) => heldAt(request.tag, asked, facts) ?? []);
  const everywhere = candidatesOf(request.tag, asked, targets);
  const to = wholeDestination(request, asked, targets);
  return targets.map((facts) => {
    const at = digestOfTag(facts.target.images, request.tag);
    if (at === undefined) return missingTag(request);
    if (to !== undefined) return namedGoal(request.tag, to, asked, facts, everywhere);
    return (
      heldGoal(request.tag, held, at, asked, facts) ?? formerGoal(request, asked, facts, everywhere)
    );
  });
}

/** Where the tag stands by a rollback, here or at another target that was where this one is now. */
function heldGoal(
  tag: string,
  held: readonly Held[],
  at: Digest,
  asked: Asked,
  facts: RollbackFacts,
): Goal | undefined {
  const own = held.find(({ id }) => id === facts.target.id);
  if (own) {
    const [from] = own.from;
    const back =
      from.digest === at ? "held there already" : `rolled back already from ${placeName(from)}`;
    return { digest: at, because: `${back}, ${minuteOf(own.at)}` };
  }
  const here = placesAt(tag, asked, facts)(at);
  const there = held.find((other) =>
    [other.place, ...other.from].some((place) => isSamePlace(place, here)),
  );
  if (there === undefined) return undefined;
  const because = `as ${there.id} was rolled back`;
  if (isSamePlace(there.place, here)) return { digest: at, because };
  const { versions, digest } = there.place;
  const same = versions.flatMap((version) => digestOfVersion(version, asked, facts) ?? []);
  return { digest: same.at(-1) ?? digest, because };
}

function missingTag({ tag }: RollbackRequest): Goal {
  const message = `there is no tag ${tag}`;
  return { problem: { code: "TAG_MISSING", message, remedy: "check the spelling and --image" } };
}

/** `--to` with its digest whole; `unknown` is the beginning of none. */
type Destination =
  | { readonly version: string }
  | { readonly digest: Digest }
  | { readonly unknown: string };

/** What begins a digest at one target means the same image at all. Throws USAGE where it begins several. */
function wholeDestination(
  { to }: RollbackRequest,
  { image }: Asked,
  targets: readonly RollbackFacts[],
): Destination | undefined {
  if (to === undefined || !("beginning" in to)) return to;
  const digests = targets.flatMap(({ target }) => target.images.map((one) => one.digest));
  const digest = wholeDigest(to.beginning, digests, image);
  return digest === undefined ? { unknown: to.beginning } : { digest };
}

function namedGoal(
  tag: string,
  to: Destination,
  asked: Asked,
  facts: RollbackFacts,
  everywhere: readonly string[],
): Goal {
  if ("digest" in to) return { digest: to.digest, because: "asked for by its digest" };
  const candidates = versionsOfLine(tag, asked, facts);
  const remedy = named(candidates, everywhere);
  if ("unknown" in to) {
    const message = `there is no image with a tag whose digest begins with ${to.unknown}`;
    return { problem: { code: "VERSION_UNKNOWN", message, remedy } };
  }
  const { version } = to;
  const digest = digestOfVersion(version, asked, facts);
  if (digest === undefined) {
    return { problem: { code: "VERSION_UNKNOWN", message: `there is no ${version}`, remedy } };
  }
  if (!candidates.includes(version) && lineOf(tag, asked, candidates)) {
    const message = `${version} is not of the line of ${tag}`;
    const meant = `${remedy}; if it is meant: --to ${digest}`;
    return { problem: { code: "VERSION_OF_OTHER_LINE", message, remedy: meant } };
  }
  return { digest, because: `asked for: ${version}` };
}

/** Where the sources say that it was, when they say it with one voice. */
function formerGoal(
  request: RollbackRequest,
  asked: Asked,
  facts: RollbackFacts,
  everywhere: readonly string[],
): Goal {
  const { tag } = request;
  const at = digestOfTag(facts.target.images, tag) as Digest;
  const sources = sourcesOf(request, at, facts);
  const [first, ...others] = [...new Set(sources.map(({ from }) => from))];
  const here = withoutPlace(at, asked, facts, versionsOfLine(tag, asked, facts));
  const remedy = named(here, everywhere);
  const placeOf = placesAt(tag, asked, facts);
  if (first === undefined) {
    const message = `nothing tells where ${tag} was before ${placeName(placeOf(at))}`;
    return { problem: { code: "PREDECESSOR_UNKNOWN", message, remedy } };
  }
  if (others.length === 0) return { digest: first, because: `by ${sources[0]?.says}` };
  const said = sources.map(({ from, says }) => `${says} says ${placeName(placeOf(from))}`);
  const message = `where ${tag} was before is told in two ways: ${[...new Set(said)].join("; ")}`;
  return { problem: { code: "PREDECESSOR_AMBIGUOUS", message, remedy } };
}

function withoutPlace(
  at: Digest,
  asked: Asked,
  facts: RollbackFacts,
  versions: readonly string[],
): string[] {
  const digests = digestsOfVersions(asked, facts);
  return versions.filter((version) => digests.get(version) !== at);
}

/** The versions that one command can take every target to, first those that take this one elsewhere; or else its own. */
function named(here: readonly string[], everywhere: readonly string[]): string {
  const wanted = new Set(everywhere); // there may be tens of thousands of either
  const common = here.filter((version) => wanted.has(version));
  const versions = [common, everywhere, here].find(({ length }) => length > 0);
  if (versions === undefined) return "name the image: --to sha256:…";
  return `name the version, --to VERSION: ${someOf(versions)}`;
}
