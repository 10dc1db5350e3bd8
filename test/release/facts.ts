import type { ImageSummary, Repository } from "../../src/ecr/types.ts";
import type { GitFacts } from "../../src/git/repository.ts";
import { digestOf } from "../../src/oci/manifest.ts";
import type { Digest } from "../../src/oci/reference.ts";
import { nothingForeseen } from "../../src/release/foreseen.ts";
import type { HeldManifest, Observed, TargetFacts } from "../../src/release/observed.ts";
import type { Plan } from "../../src/release/plan.ts";
import {
  inputsAnnotation,
  inputsOf,
  revisionAnnotation,
  versionAnnotation,
} from "../../src/release/planning/identity.ts";
import type { Request } from "../../src/release/request.ts";
import { buildSpec } from "../support/build-spec.ts";

export const commit = "0123456789abcdef0123456789abcdef01234567";
export const shaTag = "sha-0123456789ab";

export function gitFacts(fields: Partial<GitFacts> = {}): GitFacts {
  return {
    directory: "",
    commit,
    committedAt: "2026-11-20T23:30:00.000Z",
    branch: "main",
    shallow: false,
    dirty: [],
    dirtyCount: 0,
    hidden: [],
    worktree: null,
    absent: [],
    tagsAtHead: [],
    tags: [],
    remote: "https://example.com/app",
    ...fields,
  };
}

export function request(fields: Partial<Request> = {}): Request {
  return {
    image: "team/app",
    version: { kind: "exact", version: "1.4.0" },
    build: buildSpec(),
    tags: {
      version: ["{version}"],
      commit: ["sha-{sha:12}"],
      floating: ["{major}.{minor}", "{major}", "latest"],
      channel: [],
      gitPrefix: "v",
    },
    targets: [{ region: "us-east-1" }],
    onlyTargets: [],
    layouts: [],
    repository: {
      create: false,
      mutabilityExclusions: [],
      scanOnPush: false,
      mountFrom: [],
      encryption: { type: "AES256" },
      resourceTags: {},
    },
    gates: [],
    adopt: false,
    rebuild: false,
    git: { allowDirty: false, createTag: false, pushTag: false },
    ...fields,
  };
}

/** One image at a target: its tags, and whose it is. */
export interface ImageFacts {
  readonly name: string;
  readonly tags: readonly string[];
  /** Built from our inputs, from others, or nobody knows. */
  readonly whose?: "ours" | "other" | "unknown";
  readonly status?: ImageSummary["status"];
  /** What of it runs, where two images differ in attestations alone; its name by default. */
  readonly runs?: string;
  /** The version that its annotation says, as other tools write it. */
  readonly says?: string;
}

export interface TargetWorld {
  readonly region?: string;
  /** `null`: there is no repository. */
  readonly repository?: Partial<Repository> | null;
  readonly images?: readonly ImageFacts[];
  readonly policy?: string | null;
  /** Images may not be listed: those above are under tags that were asked for. */
  readonly unlisted?: TargetFacts["unlisted"];
}

/** What is seen in a world, for `asked`: one target with an empty repository where nothing else is said. */
export function observed(
  asked: Request,
  {
    git = gitFacts(),
    targets = [{}],
    layout = null,
    ...rest
  }: Partial<Pick<Observed, "git" | keyof typeof nothingForeseen | "given" | "leftOut">> & {
    targets?: readonly TargetWorld[];
    /** The name of the image in the store of layouts. */
    layout?: string | null;
  } = {},
): Observed {
  const seen = targets.map((target) => targetFacts(asked, git, target, layout));
  const digest = layout === null ? null : digestOf(layout);
  return {
    git,
    targets: seen,
    layout: digest && { digest },
    given: [],
    leftOut: [],
    ...nothingForeseen,
    ...rest,
  };
}

function targetFacts(
  asked: Request,
  git: GitFacts,
  { region = "us-east-1", repository = {}, images = [], policy = null, unlisted }: TargetWorld,
  layout: string | null,
): TargetFacts {
  const account = "123456789012";
  const uri = `${account}.dkr.ecr.${region}.amazonaws.com/${asked.image}`;
  const whole = {
    name: asked.image,
    registryId: account,
    uri,
    mutability: "MUTABLE" as const,
    mutabilityExclusions: [],
  };
  return {
    id: `${account}/${region}`,
    account,
    region,
    request: { region },
    repository: repository && { ...whole, ...repository },
    images: images
      .filter(({ tags }) => tags.length > 0)
      .map(({ name, tags, status = "ACTIVE" }) => ({
        digest: digestOf(name),
        tags,
        status,
        pushedAt: "2026-11-01T00:00:00.000Z",
      })),
    held: images.flatMap((image) => heldBy(asked, git, image, layout)),
    policy,
    ...(unlisted && { unlisted }),
  };
}

function heldBy(
  asked: Request,
  git: GitFacts,
  image: ImageFacts,
  layout: string | null,
): HeldManifest[] {
  if (image.status && image.status !== "ACTIVE") return [];
  const digest: Digest = digestOf(image.name);
  const { revision, digest: inputs } = inputsOf(asked.build, asked.image, git);
  const said = image.says === undefined ? {} : { [versionAnnotation]: image.says };
  const stated = {
    ours: { [inputsAnnotation]: inputs, [revisionAnnotation]: revision },
    other: { [inputsAnnotation]: digestOf("other"), [revisionAnnotation]: "fedcba" },
    unknown: {},
  }[image.whose ?? "ours"];
  const annotations = { ...stated, ...said };
  const runs = [`linux/amd64 ${digestOf(image.runs ?? image.name)}`];
  const tagged = image.tags.map((tag) => ({ digest, tag, annotations, runs }));
  return image.name === layout ? [...tagged, { digest, annotations, runs }] : tagged;
}

/** A plan's steps as lines: `tag 1.4.0 us-east-1`. */
export function stepsOf({ steps }: Plan): string[] {
  return steps.map((step) =>
    [step.action, objectOf(step), regionOf(step)].filter(Boolean).join(" "),
  );
}

function objectOf(step: Plan["steps"][number]): string {
  if (step.action === "tag") return step.tag;
  if (step.action === "keep") return step.what;
  return step.action === "git-tag" ? step.name : "";
}

function regionOf(step: Plan["steps"][number]): string | undefined {
  return "target" in step ? step.target.split("/")[1] : "";
}

export const codesOf = ({ problems }: Pick<Plan, "problems">) => problems.map(({ code }) => code);
