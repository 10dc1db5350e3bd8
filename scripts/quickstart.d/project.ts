import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { baseImageName, makeBaseImage } from "../base-image.d/busybox.ts";
import { cache, root } from "../place.ts";
import { ask, type Place } from "./shell.ts";

export interface Project {
  readonly folder: string;
  /** The commit, short. */
  readonly revision: string;
  /** The base image is our own, because a registry may be out of reach. */
  readonly ownBaseImage: boolean;
}

/** A copy of examples/hello in a git repository of its own, committed. */
export async function makeProject(place: Place): Promise<Project> {
  const folder = join(place.cwd, "hello");
  cpSync(join(root, "examples", "hello"), folder, { recursive: true });
  const context = makeBaseImage(join(cache, "base-image", "layout"));
  if (context !== undefined) useBaseImage(join(folder, "slipway.yaml"), context);
  const git = (...args: string[]) =>
    ask(["git", ...ownIdentity, ...args], { ...place, cwd: folder });
  await git("init", "--quiet", "--initial-branch", "main");
  await git("add", ".");
  await git("commit", "--quiet", "--message", "Say hello");
  const revision = await git("rev-parse", "--short=12", "HEAD");
  return { folder, revision, ownBaseImage: context !== undefined };
}

/** Whatever the user's git does on a commit (sign, run hooks) is not wanted here. */
const ownIdentity = [
  ...["-c", "user.name=Quickstart"],
  ...["-c", "user.email=quickstart@example.com"],
  ...["-c", "commit.gpgSign=false"],
  ...["-c", "core.hooksPath=/dev/null"],
];

function useBaseImage(file: string, context: string): void {
  const contexts = JSON.stringify({ [baseImageName]: context });
  const text = readFileSync(file, "utf8");
  const changed = text.replace("{ context: . }", `{ context: ., contexts: ${contexts} }`);
  if (changed === text) throw new Error(`${file} has no 'build: { context: . }'`);
  writeFileSync(file, changed);
}
