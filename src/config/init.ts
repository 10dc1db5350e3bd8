import { isRepositoryName } from "../oci/reference.ts";
import { isRegion } from "./registry-schema.ts";

/** What was seen where the configuration shall stand. */
export interface InitFacts {
  readonly directoryName: string;
  /** The Dockerfile by its path from that directory, with the names of its stages in order. */
  readonly dockerfile?: { readonly path: string; readonly stages: readonly string[] };
  /** The URL of the git remote. */
  readonly remote?: string;
  readonly region?: string;
  readonly gitTags: readonly string[];
  /** The version that comes after those of the git tags. */
  readonly next: string;
  /** Path of the JSON Schema from that directory, when it is there for editors to read. */
  readonly schema?: string;
}

/**
 * The text of a first slipway.yaml: what was found stands in it, what else there is stands beside it as
 * comments. It loads as it is; where no region was found the flag `--region` must give one.
 */
export function initialConfig(facts: InitFacts): string {
  const blocks = [header(facts), image(facts), build(facts), tags(facts), targets(facts), rest];
  return `${blocks.join("\n\n")}\n`;
}

function header({ schema, next }: InitFacts): string {
  const lines = schema === undefined ? [] : [`# yaml-language-server: $schema=${schema}`];
  return [
    ...lines,
    `# How Slipway releases this image. See what it would do with: slipway plan ${next}`,
  ].join("\n");
}

/** The name of the image, and what it was made of; `null` where nothing there gives one. */
export interface FoundName {
  readonly name: string;
  readonly from: "remote" | "directory" | null;
}

/** The name by the remote, else by the directory. */
export function imageName({
  directoryName,
  remote,
}: Pick<InitFacts, "directoryName" | "remote">): FoundName {
  const ways = [
    { name: nameFromRemote(remote), from: "remote" },
    { name: asName(directoryName), from: "directory" },
  ] as const;
  return ways.find(({ name }) => isRepositoryName(name)) ?? { name: "app", from: null };
}

function image(facts: InitFacts): string {
  const { name } = imageName(facts);
  return `# The name of the ECR repository, without host and tag.
image: ${quoted(name)}

# platforms: [linux/amd64, linux/arm64]`;
}

/** The last part of the remote's path: `git@host:team/shop-api.git` → `shop-api`. */
function nameFromRemote(remote = ""): string {
  const [, last = ""] = /([^/:\\]+?)(?:\.git)?\/*$/.exec(remote.trim()) ?? [];
  return asName(last);
}

function asName(text: string): string {
  const plain = text.normalize("NFKD").replaceAll(/\p{M}/gu, ""); // ä is an a with something on it
  const parts = plain.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return parts.join("-").slice(0, 256);
}

function build({ dockerfile }: InitFacts): string {
  const { path = "Dockerfile", stages = [] } = dockerfile ?? {};
  const usual = path === "Dockerfile";
  const last = stages.at(-1);
  const settings = [
    `${usual ? "# " : ""}context: .`,
    usual ? "# dockerfile: Dockerfile" : `dockerfile: ${quoted(path)}`,
    last === undefined
      ? "# target: runtime          # a stage of the Dockerfile; without it the last"
      : `# target: ${quoted(last)}   # stages: ${shown(stages)}; without it the last`,
    "# args: { NODE_VERSION: 24 }",
    '# secrets: ["id=npm,src=.npmrc"]',
    "# cacheFrom: [type=gha]",
    '# cacheTo: ["type=gha,mode=max,ignore-error=true"]',
    "# reproducible: true       # the same commit gives the same layers; costs a full upload",
  ];
  const isEmpty = settings.every((line) => line.startsWith("#"));
  const key = isEmpty ? "# build:" : "build:";
  const lines = settings.map((line) => (isEmpty ? `#   ${line.slice(2)}` : `  ${line}`));
  return ["# Paths are relative to this file.", key, ...lines].join("\n");
}

// Names come from a file of the user's: a line break or a control character must not end the comment.
function shown(stages: readonly string[]): string {
  return stages.map((stage) => stage.replaceAll(/[^\x21-\x7e]/g, "?")).join(", ");
}

function tags({ gitTags }: InitFacts): string {
  const prefix = guessGitPrefix(gitTags);
  const known = prefix !== undefined && prefix !== "v";
  const settings = [
    `version: "{version}"`,
    `commit: "sha-{sha:12}"`,
    `floating: ["{major}.{minor}", "{major}", latest]   # only ever move forward`,
    `channel: "{channel}"      # 1.4.0-beta.2 moves beta`,
  ].map((line) => (known ? `  # ${line}` : `#   ${line}`));
  const gitPrefix = known
    ? `  gitPrefix: ${JSON.stringify(prefix)}   # git tags such as ${prefix}1.4.0`
    : "#   gitPrefix: v           # git tags such as v1.4.0";
  return [known ? "tags:" : "# tags:", ...settings, gitPrefix].join("\n");
}

const versionTag = /^(.*?)\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

/**
 * What stands before the version in most of these git tags; `undefined` when none names a version. Of
 * equally frequent ones the shorter.
 */
export function guessGitPrefix(gitTags: readonly string[]): string | undefined {
  const prefixes = gitTags.flatMap((tag) => {
    const prefix = versionTag.exec(tag)?.[1];
    return prefix === undefined || /[\d.]$/.test(prefix) ? [] : [prefix];
  });
  const groups = [...Map.groupBy(prefixes, (prefix) => prefix).entries()];
  const [most] = groups.sort(
    ([a, as], [b, bs]) => bs.length - as.length || a.length - b.length || (a < b ? -1 : 1),
  );
  return most?.[0];
}

function targets({ region }: InitFacts): string {
  const more = `#   - region: us-east-1
#     account: "012345678901"
#     role: arn:aws:iam::012345678901:role/release   # assumed for this target
#     profile: production                            # of the AWS configuration files`;
  const about = "# The registries to publish to; all get the same image, byte for byte.";
  if (region === undefined || !isRegion(region)) {
    return `${about} None was found here: name one, or pass --region.
# targets:
#   - region: eu-west-1\n${more}`;
  }
  return `${about}\ntargets:\n  - region: ${region}\n${more}`;
}

const rest = `# How a repository is made where it is absent: version and commit tags are locked, floating tags are free. An existing
# one stays as it is, but for the tag filter of a new major version where Slipway made it.
# repository:
#   create: true
#   scanOnPush: true
#   encryption: KMS
#   resourceTags: { team: payments }

# Which images ECR expires: a file, or the policy itself. Put in place after every release.
# lifecycle: lifecycle.json

# attestations:
#   provenance: min          # none, min or max
#   sbom: true`;

/** As YAML: bare where that is safe, else in quotes. */
function quoted(text: string): string {
  const isBare = /^[a-z][a-z0-9._/-]*$/i.test(text) && !/^(?:true|false|null)$/i.test(text);
  return isBare ? text : JSON.stringify(text);
}
