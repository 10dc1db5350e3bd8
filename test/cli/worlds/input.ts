import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BadWorld, Here } from "./world.ts";

const good = "image: team/app\ntargets: us-east-1\nrepository: { create: true }\n";
const config = (text: string) => ({ files: { "slipway.yaml": text } });

const policy = (rule: object) =>
  JSON.stringify({ rules: [{ rulePriority: 1, action: { type: "expire" }, ...rule }] });

/** All but the root: without that it is no layout of anything, and is built anew. */
function blobsOf({ local }: Here): string[] {
  const layouts = join(local.cacheDir, "layouts");
  const [layout = ""] = readdirSync(layouts);
  const index = readFileSync(join(layouts, layout, "index.json"), "utf8");
  const directory = join(layouts, layout, "blobs", "sha256");
  return readdirSync(directory)
    .filter((name) => !index.includes(name))
    .map((name) => join(directory, name));
}

/** What people write: the file, the flags, the plan, the policy, the layout on disk. */
export const inputWorlds: readonly BadWorld[] = [
  {
    name: "YAML that does not parse",
    ...config("image: team/app\n  targets: [us-east-1\n"),
    exit: 2,
    code: "CONFIG_INVALID",
    says: ["slipway.yaml:1:8: nested mappings are not allowed"],
  },
  {
    name: "an unknown key",
    ...config(`${good}build: { contxt: . }\n`),
    exit: 2,
    code: "CONFIG_INVALID",
    says: ["slipway.yaml:4:10: build.contxt: unknown key, did you mean 'context'?"],
  },
  {
    name: "a file that is a list",
    ...config("- image: team/app\n"),
    exit: 2,
    code: "CONFIG_INVALID",
    says: ["expected an object with keys such as image and targets, found a list"],
  },
  {
    name: "an illegal repository name",
    ...config("image: Team/App:latest\ntargets: us-east-1\n"),
    exit: 2,
    code: "CONFIG_INVALID",
    says: ["slipway.yaml:1:8: image: expected a repository name", "found 'Team/App:latest'"],
  },
  {
    name: "an illegal repository name in a flag",
    args: ["release", "1.0.0", "--image", "App"],
    exit: 2,
    code: "CONFIG_INVALID",
    says: ["--image: expected a repository name", "found 'App'"],
  },
  {
    name: "a configuration that does not exist",
    args: ["release", "1.0.0", "--config", "other.yaml"],
    exit: 2,
    code: "CONFIG_INVALID",
    says: ["'other.yaml' does not exist", "slipway init"],
  },
  {
    name: "a tag template with an illegal character",
    ...config(`${good}tags: { floating: ["{major}/{minor}"] }\n`),
    exit: 2,
    code: "CONFIG_INVALID",
    says: ["tags.floating[0]: expected letters, digits", "'{major}/{minor}'"],
  },
  {
    name: "a tag template that gives an illegal tag",
    ...config(`${good}tags: { commit: ["{prerelease}-{sha}"] }\n`),
    built: true,
    exit: 3,
    code: "TAG_ILLEGAL",
    says: ["tag template '{prerelease}-{sha}' gives '-", "a tag has 1 to 128 letters"],
  },
  {
    name: "a version that is not semver",
    args: ["release", "1.4"],
    exit: 2,
    code: "USAGE",
    says: ["'1.4' is not a semantic version", "write it as 1.4.0"],
  },
  {
    name: "no version at all",
    args: ["release"],
    built: true,
    exit: 3,
    code: "VERSION_MISSING",
    says: ["no git tag vMAJOR.MINOR.PATCH is at HEAD", "slipway release 1.4.0"],
  },
  {
    name: "a working tree with changes",
    make: ({ made }) => {
      writeFileSync(join(made.dir, "note.txt"), "changed\n");
      return {};
    },
    exit: 3,
    code: "DIRTY_TREE",
    says: ["note.txt", "--allow-dirty"],
  },
  {
    name: "a lifecycle policy that breaks the grammar",
    files: {
      "lifecycle.json": policy({
        selection: { tagStatus: "untagged", countType: "imageCountMoreThan", countNumber: 0 },
      }),
    },
    exit: 2,
    code: "CONFIG_INVALID",
    says: [/lifecycle\.json:1:\d+: rules\[0\]\.selection\.countNumber: /],
  },
  {
    name: "a lifecycle policy that is not there",
    ...config(`${good}lifecycle: no/such.json\n`),
    exit: 2,
    code: "CONFIG_INVALID",
    says: ["slipway.yaml:4:12: lifecycle: expected a policy file", "'no/such.json' does not exist"],
  },
  {
    name: "a layout in the cache whose bytes were changed",
    built: true,
    make: (here) => {
      for (const blob of blobsOf(here)) writeFileSync(blob, "tampered");
      return {};
    },
    exit: 1,
    code: "CONTENT_CORRUPT",
    says: ["does not have the digest of its name", /rm -r .*\/layouts\/sha256-/],
  },
  {
    name: "a layout in the cache whose layer was changed, and not its length",
    built: true,
    make: (here) => {
      const layer = blobsOf(here).toSorted((a, b) => statSync(b).size - statSync(a).size)[0] ?? "";
      const bytes = readFileSync(layer);
      writeFileSync(layer, bytes.fill(0x2a, 1000));
      return {};
    },
    exit: 1,
    code: "CONTENT_CORRUPT",
    says: ["nothing was tagged", /sha256:[0-9a-f]{64} from /, /rm -r .*\/layouts\/sha256-/],
  },
  {
    name: "a layout in the cache that lost a blob",
    built: true,
    make: (here) => {
      for (const blob of blobsOf(here)) rmSync(blob);
      return {};
    },
    exit: 1,
    code: "NOT_FOUND",
    says: [/layouts.sha256-\w+ has no sha256:/, /rm -r .*\/layouts\/sha256-/],
  },
  {
    name: "a build argument without a name",
    args: ["release", "1.0.0", "--build-arg", "=x"],
    exit: 2,
    code: "USAGE",
    says: ["--build-arg takes NAME=VALUE"],
  },
  {
    name: "a build argument without a value",
    args: ["release", "1.0.0", "--build-arg", "TOKEN"],
    exit: 2,
    code: "USAGE",
    says: ["has no value: 'TOKEN'", '--build-arg TOKEN="$TOKEN"'],
  },
  {
    name: "a directory without git",
    args: ["release", "1.0.0", "--image", "app", "--region", "us-east-1"],
    make: ({ made }) => {
      made.git("config", "core.bare", "true");
      return {};
    },
    exit: 1,
    code: "GIT_FAILED",
    says: ["git"],
  },
];
