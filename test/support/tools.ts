import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

const fixtures = join(import.meta.dirname, "..", "docker", "fixtures");

/** What a `docker` on PATH answers, each a shell script; without one, as a docker that can build. */
export interface FakeDocker {
  readonly info?: string;
  readonly inspect?: string;
  readonly bake?: string;
  /** `$dest` is the directory that shall become the layout. */
  readonly build?: string;
}

/**
 * A directory to be the whole PATH: git, a shell and its common tools, and a `docker` that answers so, or
 * none. For worlds in which docker is not as it should be. It goes with the test.
 */
export function toolsWith(docker: FakeDocker | undefined): string {
  const directory = mkdtempSync(join(tmpdir(), "slipway-tools-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const name of ["git", "sh", "cat", "sleep", "env", "dd", "kill", "true"]) {
    symlinkSync(whereIs(name), join(directory, name));
  }
  if (docker !== undefined) writeDocker(directory, docker);
  return directory;
}

function whereIs(name: string): string {
  return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
}

function writeDocker(directory: string, docker: FakeDocker): void {
  const {
    info = `cat ${join(fixtures, "info.json")}`,
    inspect = `cat ${join(fixtures, "inspect.txt")}`,
    bake = "exit 1",
    build = "exit 1",
  } = docker;
  const script = `#!/bin/sh
case "$1 $2" in
  "info --format") ${info} ;;
  "buildx inspect") ${inspect} ;;
  "buildx bake") ${bake} ;;
  "buildx build")
    for each in "$@"; do
      case $each in --output=*) dest=\${each##*dest=}; dest=\${dest%%,*} ;; esac
    done
    ${build}
    ;;
  *) exit 1 ;;
esac
`;
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "docker"), script);
  chmodSync(join(directory, "docker"), 0o755);
}
