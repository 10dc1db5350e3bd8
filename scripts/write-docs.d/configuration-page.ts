import { jsonSchema } from "../../src/config/json-schema.ts";
import { keysOf, type SchemaPart } from "./schema-keys.ts";
import { madeFrom, table } from "./table.ts";

/** Uses every section once; the test of this page loads it. */
export const wholeExample = `image: payments/api # or images: for several
platforms: [linux/amd64, linux/arm64]

build:
  dockerfile: docker/Dockerfile
  target: runtime
  args: { NODE_VERSION: 24 }
  secrets: ["id=npm,src=.npmrc"]
  cacheFrom: [type=gha]
  cacheTo: ["type=gha,mode=max,ignore-error=true"]

tags:
  floating: ["{major}.{minor}", "{major}", latest]
  channel: "{channel}"
  gitPrefix: payments/v

targets:
  - region: eu-west-1
  - region: us-east-1
    account: "012345678901"
    role: arn:aws:iam::012345678901:role/release

repository:
  create: true
  scanOnPush: true
  resourceTags: { team: payments }

lifecycle: lifecycle.json

attestations:
  provenance: max

gates:
  dockerfile: { pin: digest, ignore: [HEALTHCHECK_MISSING] }
  consumer: { mode: warn, for: [ecs, lambda] }
  contents: { user: non-root, allow: [/opt/demo/*.pem] }
  scan: { with: trivy, fail: { severity: high, fixable: true } }
  size: { budget: 200MB, growth: [10%, 20MB] }
  signature: { cosign: [--key, awskms:///alias/release] }
`;

/** What stands above a section's table, and is not in the schema's one sentence. */
const prose: Readonly<Record<string, string>> = {
  images: `In place of \`image\`. The images are built together, have one version, and are published as
[one transaction](releases.md#several-images-at-once). \`--image NAME\` (repeatable) chooses some of them. Keys at the top
apply to each:

\`\`\`yaml
targets: [eu-west-1, us-east-1]
repository: { create: true }
images:
  shop/api:
    build: { context: api }
  shop/web:
    build: { context: web, args: { NODE_VERSION: 24 } }
    platforms: [linux/amd64]
\`\`\``,
  build: `For one run there are [flags](commands.md#build-flags). Which keys make two builds the same:
[releases.md](releases.md#what-makes-two-builds-the-same).`,
  tags: `What each kind of tag is, and when it moves: [releases.md](releases.md#which-tags). Quote templates that begin with \`{\`.`,
  targets: `One target, or a list of them: a region alone, or an object. Who Slipway is at each target, and how to be sure that it is the
right account: [authentication.md](authentication.md). \`--region\` and \`--account\` choose among these targets, or make
one if there are none. Account ids keep their leading zeros, quoted or not.`,
  repository: `Without \`mutability\`, Slipway creates \`MUTABLE_WITH_EXCLUSION\` and lets ECR lock tags that look like version and commit
tags: [releases.md](releases.md#when-something-dies).`,
  lifecycle: `The policy is checked against ECR's grammar before anything is built, and put in place after the tags, unless one that
means the same is there. JSON or YAML, in a file of its own or written out here:

\`\`\`yaml
lifecycle:
  rules:
    - rulePriority: 1
      selection: { tagStatus: untagged, countType: imageCountMoreThan, countNumber: 30 }
      action: { type: expire }
\`\`\``,
};

/** docs/configuration.md: every key of slipway.yaml with type, default and example. */
export function configurationPage(): string {
  const { properties = {} } = jsonSchema() as SchemaPart;
  return `# slipway.yaml

${madeFrom("src/config/")}

\`slipway init\` writes a first one. It is read from the working directory (\`slipway.yaml\` or \`slipway.yml\`), or from
\`--config FILE\`; paths in it are relative to it. Flags outrank it. Only \`image\` (or \`images\`) and \`targets\` have no
default; with \`--image\` and \`--region\` no file is needed. All mistakes are reported at once, each with its place.

\`\`\`yaml
${wholeExample}\`\`\`

For completion and checks in your editor, name the JSON Schema, which is in the package, in the first line:

\`\`\`yaml
# yaml-language-server: $schema=./node_modules/slipway/slipway.schema.json
\`\`\`

${Object.entries(properties)
  .map(([name, part]) => section(name, part))
  .join("\n\n")}
`;
}

function section(name: string, part: SchemaPart): string {
  const rows = keysOf(name, part).map(({ key, type, preset, about, examples }) => [
    `\`${key}\``,
    preset === undefined ? type : `${type}; by default \`${preset}\``,
    about,
    examples.map((example) => `\`${example}\``).join("<br>"),
  ]);
  const keys = table(["key", "type", "what it is", "for example"], rows);
  const isOne = rows.length === 1;
  return [`## ${name}`, isOne ? "" : part.description, prose[name], keys]
    .filter(Boolean)
    .join("\n\n");
}
