import type { Digest } from "../../oci/reference.ts";
import type { HeldManifest, Observed, TargetFacts } from "../observed.ts";
import type { Content } from "../plan.ts";
import type { Problem } from "../problem.ts";
import type { Request } from "../request.ts";
import { inputsAnnotation, revisionAnnotation, type Whose, whose } from "./identity.ts";
import type { Subject } from "./subject.ts";
import { isFixed } from "./tags.ts";

export interface ContentChoice {
  readonly content: Content;
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
): ContentChoice {
  const names = new Set(subject.tags.filter(isFixed).map(({ tag }) => tag));
  const under = observed.targets.flatMap((target) => holdersOf(target, names, subject));
  const isOurs = ({ relation }: Holder) => relation === "ours" || (adopt && relation === "unknown");
  const problems = [
    ...observed.targets.flatMap((target) => archivedProblems(target, names)),
    ...under.filter((holder) => !isOurs(holder)).map((holder) => takenProblem(holder, subject)),
  ];
  const ours = under
    .filter(isOurs)
    .map(({ held: { digest }, target }) => ({ digest, target: target.id }));
  const [first] = ours;
  const other = ours.find(({ digest }) => digest !== first?.digest);
  if (first && other) {
    return {
      content: { from: "registry", ...first },
      problems: [...problems, disagreement(first, other)],
    };
  }
  return { content: sourceOf(first, observed.layout), problems };
}

/** A layout at hand serves better than a registry far away, when it holds the same digest. */
function sourceOf(
  held: { digest: Digest; target: string } | undefined,
  layout: Observed["layout"],
): Content {
  if (layout && (held === undefined || held.digest === layout.digest)) {
    return { from: "layout", digest: layout.digest };
  }
  return held ? { from: "registry", ...held } : { from: "build" };
}

/** An image under one of the release's own tags, and whose it is. */
interface Holder {
  readonly target: TargetFacts;
  readonly held: HeldManifest;
  readonly relation: Whose;
}

function holdersOf(target: TargetFacts, names: ReadonlySet<string>, { inputs }: Subject): Holder[] {
  return target.held.flatMap((held) => {
    if (held.tag === undefined || !names.has(held.tag)) return [];
    return [{ target, held, relation: whose(held.annotations, inputs) }];
  });
}

function takenProblem({ target, held, relation }: Holder, subject: Subject): Problem {
  return relation === "other" ? takenBy(target, held, subject) : unknownHolder(target, held);
}

function takenBy(
  { id }: TargetFacts,
  { tag, digest, annotations }: HeldManifest,
  subject: Subject,
): Problem {
  const revision = annotations[revisionAnnotation];
  const sameCommit = revision === subject.inputs.revision;
  const [version] = subject.version.split("+");
  const why = sameCommit
    ? `the same commit built with other inputs (${annotations[inputsAnnotation]}, now ${subject.inputs.digest})`
    : `built from commit ${revision ?? "unknown"}, not ${subject.inputs.revision}`;
  return {
    code: "TAG_TAKEN",
    target: id,
    message: `tag ${tag} is ${digest}, ${why}`,
    remedy: sameCommit
      ? `slipway release ${version}+1 --rebuild makes a second image of this commit, under tags of its own`
      : "release another version: a published one is never replaced",
  };
}

function unknownHolder({ id }: TargetFacts, { tag, digest }: HeldManifest): Problem {
  return {
    code: "TAG_UNKNOWN",
    target: id,
    message: `tag ${tag} is ${digest}, which does not say what it was built from`,
    remedy: "--adopt takes it for this release's; or release another version",
  };
}

function archivedProblems({ id, images }: TargetFacts, names: ReadonlySet<string>): Problem[] {
  return images.flatMap(({ status, tags, digest }) => {
    const tag = tags.find((name) => names.has(name));
    if (status === "ACTIVE" || tag === undefined) return [];
    return [
      {
        code: "IMAGE_ARCHIVED",
        target: id,
        message: `tag ${tag} is ${digest}, which is ${status.toLowerCase()} and cannot be pulled`,
        remedy: "aws ecr update-image-storage-class --target-storage-class STANDARD restores it",
      },
    ];
  });
}

function disagreement(
  first: { digest: Digest; target: string },
  other: { digest: Digest; target: string },
): Problem {
  return {
    code: "TARGETS_DISAGREE",
    message: `two images of these inputs exist: ${first.digest} at ${first.target}, ${other.digest} at ${other.target}`,
    remedy: "release another version, so that all targets have one digest",
  };
}
