import type { Digest } from "../../oci/reference.ts";
import { archivedProblem } from "../archived.ts";
import type { HeldManifest, Observed, TargetFacts } from "../observed.ts";
import type { Content, JoinedContent, Note } from "../plan.ts";
import type { Problem } from "../problem.ts";
import type { Request } from "../request.ts";
import { inputsAnnotation, revisionAnnotation, type Whose, whose } from "./identity.ts";
import { runsTheSame } from "./same-image.ts";
import type { Subject } from "./subject.ts";
import { isFixed } from "./tags.ts";

export interface ContentChoice {
  readonly content: Content;
  /** The image's digest at every target that has it under a version or commit tag. */
  readonly at: ReadonlyMap<string, Digest>;
  /** Every digest under such a tag: the same image, whatever its attestations. */
  readonly digests: ReadonlySet<Digest>;
  readonly notes: readonly Note[];
  readonly problems: readonly Problem[];
}

/**
 * Where the image comes from: a registry that has it under one of its own tags, the layout built before
 * from the same inputs, or a build. Tags that belong to something else are problems.
 */
export function chooseContent(
  subject: Subject,
  observed: Observed,
  { adopt }: Pick<Request, "adopt">,
  given?: JoinedContent,
): ContentChoice {
  const names = subject.tags.filter(isFixed).map(({ tag }) => tag);
  const seen = [...observed.targets, ...observed.leftOut.map(({ facts }) => facts)];
  const under = seen.flatMap((target) => holdersOf(target, names, subject));
  const isOurs = ({ relation }: Holder) => relation === "ours" || (adopt && relation === "unknown");
  const ours = under.filter(isOurs);
  const [first] = ours;
  const other = ours.find(({ held }) => first && !isSame(first.held, held));
  const fixed = new Map(ours.toReversed().map(({ target, held }) => [target.id, held.digest]));
  const content = sourceOf(ours, given ?? atHand(observed));
  return {
    content,
    at: fixed,
    digests: new Set(ours.map(({ held }) => held.digest)),
    notes: [...(other ? [] : attestationNotes(ours)), ...unusedNotes(content, given)],
    problems: [
      ...observed.targets.flatMap((target) => archivedProblems(target, new Set(names))),
      ...under.filter((holder) => !isOurs(holder)).map((holder) => takenProblem(holder, subject)),
      ...(first && other ? [disagreement(first, other, subject)] : []),
    ],
  };
}

function isSame(one: HeldManifest, other: HeldManifest): boolean {
  return one.digest === other.digest || runsTheSame(one.runs, other.runs);
}

/**
 * A layout at hand serves better than a registry far away, when it holds the same digest: with other attestations
 * it lacks what the registry's index names.
 */
function sourceOf([first, ...rest]: readonly Holder[], local: LocalContent | undefined): Content {
  const digest = first?.held.digest;
  if (local && (digest === undefined || digest === local.digest)) return local;
  if (first === undefined) return { from: "build" };
  const target = first.target.id;
  const same = rest.filter(({ held }) => held.digest === first.held.digest);
  const others = [...new Set(same.map((holder) => holder.target.id))].filter((id) => id !== target);
  return {
    from: "registry",
    digest: first.held.digest,
    target,
    ...(others.length > 0 && { others }),
  };
}

type LocalContent = Extract<Content, { from: "layout" | "layouts" }>;

function atHand({ layout }: Observed): LocalContent | undefined {
  return layout ? { from: "layout", digest: layout.digest } : undefined;
}

function unusedNotes(content: Content, given: JoinedContent | undefined): Note[] {
  if (given === undefined || content.from !== "registry") return [];
  const message = `the image is published already as ${content.digest} at ${content.target}, and stays what it is; the layouts (${given.digest}) are not used`;
  return [{ code: "LAYOUTS_UNUSED", message }];
}

/** An image under one of the release's own tags, and whose it is. */
interface Holder {
  readonly target: TargetFacts;
  readonly held: HeldManifest;
  readonly relation: Whose;
}

/** In the order of the tags: what the version is at a target counts before what the commit is. */
function holdersOf(target: TargetFacts, names: readonly string[], { inputs }: Subject): Holder[] {
  return names.flatMap((name) =>
    target.held
      .filter(({ tag }) => tag === name)
      .map((held) => ({ target, held, relation: whose(held.annotations, inputs) })),
  );
}

/** ECR locks version tags, so what is under one stays, and it is the same image to whoever runs it. */
function attestationNotes(ours: readonly Holder[]): Note[] {
  const digests = Map.groupBy(ours, ({ held }) => held.digest);
  if (digests.size < 2) return [];
  const where = [...digests].map(([digest, holders]) => {
    const ids = new Set(holders.map(({ target }) => target.id));
    return `${digest} at ${[...ids].join(", ")}`;
  });
  const message = `one image with attestations of its own: ${where.join("; ")}; the platform manifests are the same, and each target keeps its digest`;
  return [{ code: "ATTESTATIONS_DIFFER", message }];
}

function takenProblem({ target, held, relation }: Holder, subject: Subject): Problem {
  return relation === "other" ? takenBy(target, held, subject) : unknownHolder(target, held);
}

function takenBy(
  { id }: TargetFacts,
  { tag, digest, annotations, bases = [] }: HeldManifest,
  subject: Subject,
): Problem {
  const revision = annotations[revisionAnnotation];
  const sameCommit = revision === subject.inputs.revision;
  const on = bases.map((base) => `${base.name}@${base.digest}`).join(", ");
  const why = sameCommit
    ? `the same commit built with other inputs (${annotations[inputsAnnotation]}, now ${subject.inputs.digest})${on && `; it was built on ${on}`}`
    : `built from commit ${revision ?? "unknown"}, not ${subject.inputs.revision}`;
  return {
    code: "TAG_TAKEN",
    target: id,
    message: `tag ${tag} is ${digest}, ${why}`,
    remedy: sameCommit
      ? `a second image of this commit, under tags of its own: ${rebuilding(subject)}`
      : "release another version: a published one is never replaced",
  };
}

function unknownHolder({ id }: TargetFacts, { tag, digest }: HeldManifest): Problem {
  return {
    code: "TAG_UNKNOWN",
    target: id,
    message: `tag ${tag} is ${digest}, which does not say what it was built from`,
    remedy: "accept it as this release's: --adopt\nor release another version",
  };
}

function archivedProblems(target: TargetFacts, names: ReadonlySet<string>): Problem[] {
  const { id, images, repository } = target;
  return images.flatMap(({ status, tags, digest }) => {
    const tag = tags.find((name) => names.has(name));
    if (status === "ACTIVE" || tag === undefined || repository === null) return [];
    const name = repository.uri.slice(repository.uri.indexOf("/") + 1);
    const image = { digest, status, registry: target, repository: name };
    return [archivedProblem(`tag ${tag} is ${digest}, which`, image, id)];
  });
}

/** Commit tags disagree as version tags do, so that any other version of this commit would be refused as well. */
function disagreement(first: Holder, other: Holder, subject: Subject): Problem {
  const said = ({ held, target }: Holder) => `tag ${held.tag} is ${held.digest} at ${target.id}`;
  return {
    code: "TARGETS_DISAGREE",
    message: `two images of these inputs exist, and their platform manifests differ: ${said(first)}, ${said(other)}`,
    remedy: `one image for all targets, under tags of its own: ${rebuilding(subject)}`,
  };
}

function rebuilding({ version }: Subject): string {
  const [bare] = version.split("+");
  return `slipway release ${bare}+1 --rebuild`;
}
