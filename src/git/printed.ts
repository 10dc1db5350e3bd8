/** For `git for-each-ref`. */
export const tagFormat = "%(refname:strip=2)%00%(objectname)%00%(*objectname)";

/** Tags with the prefix, and the commits that they lead to, from lines of `tagFormat`. */
export function parseTags(text: string, prefix: string): { name: string; commit: string }[] {
  const lines = text.split("\n").filter((line) => line.startsWith(prefix) && line !== "");
  return lines.map((line) => {
    const [name = "", object = "", peeled = ""] = line.split("\0");
    return { name, commit: peeled || object };
  });
}

/** The commit that `ref` leads to, from lines of `git ls-remote`, where an annotated tag has a second one with `^{}`. */
export function commitOfListed(text: string, ref: string): string | undefined {
  const listed = new Map(
    text.split("\n").map((line) => {
      const [object = "", name = ""] = line.split("\t");
      return [name, object] as const;
    }),
  );
  return listed.get(`${ref}^{}`) ?? listed.get(ref);
}

/** For `git config --null --file .gitmodules`: the paths of submodules. */
export const submodulePaths = String.raw`^submodule\..*\.path$`;

/** The paths from what that answers. */
export function parseSubmodulePaths(text: string): string[] {
  return text.split("\0").flatMap((entry) => /\n(.+)$/s.exec(entry)?.[1] ?? []);
}

/** What makes git take a file for unchanged without a look (git-update-index(1)). */
export const flags = ["assume-unchanged", "skip-worktree"] as const;

/** A file that git was told not to look at, from the root. A file with both flags is there twice. */
export interface Flagged {
  readonly path: string;
  readonly flag: (typeof flags)[number];
}

/** Reads `git ls-files -v -z`: `S` is skip-worktree, a small letter assume-unchanged (git-ls-files(1)). */
export function parseFlags(text: string): Flagged[] {
  return Array.from(text.matchAll(/(?<=^|\0)([a-zS]) ([^\0]+)/g)).flatMap(
    ([, mark = "", path = ""]) => [
      ...(mark === mark.toLowerCase() ? [{ path, flag: flags[0] }] : []),
      ...(mark.toUpperCase() === "S" ? [{ path, flag: flags[1] }] : []),
    ],
  );
}

/** What `git status` tells. */
export interface TreeStatus {
  readonly commit: string | null;
  readonly branch: string | null;
  readonly dirty: readonly string[];
  /** Submodules at another commit than the index has, or in which files are changed or untracked. */
  readonly submodules: readonly string[];
}

/** Reads `git status --porcelain=v2 --branch -z` (git-status(1), "Porcelain Format Version 2"). */
export function parseStatus(text: string): TreeStatus {
  const entries = text.split("\0").filter(Boolean);
  const header = (name: string) =>
    entries.find((entry) => entry.startsWith(`# ${name} `))?.slice(name.length + 3);
  const commit = header("branch.oid") ?? "(initial)";
  const branch = header("branch.head") ?? "(detached)";
  return {
    commit: commit === "(initial)" ? null : commit,
    branch: branch === "(detached)" ? null : branch,
    dirty: entries.flatMap(pathOf),
    submodules: entries.filter((entry) => isChangedInside.test(entry)).flatMap(pathOf),
  };
}

/** The third field of a changed entry: `SCMU` is a submodule at another commit, with changed and untracked files. */
const isChangedInside = /^[1u] \S+ S(?!\.\.\.)/;

/** Fields before the path: 8 of a changed entry, 10 of an unmerged one, 1 of an untracked one. */
const fieldsBeforePath: Readonly<Record<string, number>> = { "1": 8, u: 10, "?": 1 };

function pathOf(entry: string): string[] {
  const fields = fieldsBeforePath[entry.charAt(0)];
  return fields === undefined ? [] : [entry.split(" ").slice(fields).join(" ")];
}

/**
 * A repository's address as people open it: `git@host:a/b.git`, `ssh://git@host:22/a/b` and
 * `https://user:token@host/a/b.git` are all `https://host/a/b`. `null` for a local path.
 */
export function webAddress(remote: string): string | null {
  const scp = /^(?:[^@/\s]+@)?([^:/\s]{2,}):(?!\/\/)\/?(.+)$/.exec(remote.trim());
  const text = scp ? `ssh://${scp[1]}/${scp[2]}` : remote.trim();
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^(?:https?|ssh|git|git\+ssh):$/.test(url.protocol) || !url.hostname) return null;
  const isWeb = url.protocol === "https:" || url.protocol === "http:";
  const origin = isWeb ? `${url.protocol}//${url.host}` : `https://${url.hostname}`;
  const path = url.pathname.replace(/\/+$/, "").replace(/\.git$/, "");
  return `${origin}${path}`;
}
