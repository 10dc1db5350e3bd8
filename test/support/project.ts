import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface Project extends Disposable {
  readonly dir: string;
  /** Writes files and commits them; answers with the commit. Without files the commit is empty. */
  commit(files?: Readonly<Record<string, string>>): string;
  git(...args: string[]): string;
}

/** A git repository in a temporary directory, its first commit given as an object of files. */
export function project(files: Readonly<Record<string, string>>): Project {
  const dir = mkdtempSync(join(tmpdir(), "slipway-project-"));
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], {
      cwd: dir,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  const made: Project = {
    dir,
    git,
    commit(more = {}) {
      write(dir, more);
      git("add", "--all");
      git("commit", "--quiet", "--allow-empty", "--message", "commit");
      return git("rev-parse", "HEAD");
    },
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  };
  git("init", "--quiet", "--initial-branch", "main");
  made.commit(files);
  return made;
}

function write(dir: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(dir, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}
