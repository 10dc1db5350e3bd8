import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import commonJs, { type Ignore } from "@balena/dockerignore";
import { type ContextFacts, holdsCredentials, type Leak } from "../../dockerfile/context.ts";

/** Its types promise a default export, and the package is a function. */
const dockerignore = commonJs as unknown as () => Ignore;

/** How far the search goes: a context may be a whole home directory. */
const bounds = { depth: 6, entries: 20_000 };
const lockFiles = ["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml"];

/**
 * Looks at a context folder as BuildKit would send it: by `Dockerfile.dockerignore` beside the Dockerfile,
 * or `.dockerignore` at the context's top. Reads names, and of the files only these two and package.json.
 * `undefined` when the context is not a folder here.
 */
export async function readContext(
  context: string,
  dockerfile: string,
): Promise<ContextFacts | undefined> {
  const top = await readdir(context).catch(() => undefined);
  if (top === undefined) return undefined;
  const ignored = await readIgnore(context, dockerfile);
  const search = { context, ignored, left: bounds.entries, leaks: [] as Leak[] };
  await walk(search, "", 0);
  const hasDev = top.includes("package.json") ? await namesDevDependencies(context) : undefined;
  return {
    ...(ignored && { ignoreFile: ignored.file }),
    leaks: search.leaks,
    locks: lockFiles.filter((name) => top.includes(name)),
    ...(hasDev !== undefined && { hasDevDependencies: hasDev }),
  };
}

interface Ignored {
  readonly file: string;
  readonly rules: Ignore;
  /** A `!pattern` may bring back what is below an ignored folder. */
  readonly bringsBack: boolean;
}

async function readIgnore(context: string, dockerfile: string): Promise<Ignored | undefined> {
  for (const path of [`${dockerfile}.dockerignore`, join(context, ".dockerignore")]) {
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text === undefined) continue;
    const lines = text
      .replace(/^\uFEFF/, "")
      .split(/\r?\n/)
      .filter(isPattern);
    return {
      file: relative(dirname(dockerfile), path) || ".dockerignore",
      rules: dockerignore().add(lines),
      bringsBack: lines.some((line) => line.trim().startsWith("!")),
    };
  }
  return undefined;
}

/** No path is longer (Linux, PATH_MAX), and a pattern of megabytes is no expression any more. */
const longestPath = 4096;

/** What cannot be read as a pattern fits nothing: BuildKit says so when it builds. */
function isPattern(line: string): boolean {
  if (line.length > longestPath) return false;
  try {
    dockerignore()
      .add([line.replace(/^\s*!/, "")])
      .ignores("a");
    return true;
  } catch {
    return false;
  }
}

interface Search {
  readonly context: string;
  readonly ignored: Ignored | undefined;
  /** Entries that may still be looked at. */
  left: number;
  readonly leaks: Leak[];
}

async function walk(search: Search, folder: string, depth: number): Promise<void> {
  const entries = await readdir(join(search.context, folder), { withFileTypes: true }).catch(
    () => [],
  );
  for (const entry of entries) {
    search.left -= 1;
    if (search.left < 0) return;
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (!entry.isDirectory()) noteFile(search, path);
    else if (!noteWhole(search, path, entry.name) && mayHoldMore(search, path, depth)) {
      await walk(search, path, depth + 1);
    }
  }
}

function noteFile({ ignored, leaks }: Search, path: string): void {
  if (!holdsCredentials(path) || ignored?.rules.ignores(path)) return;
  leaks.push({ path, kind: "credentials" });
}

/** Folders that count as one, with a file of theirs for which patterns are made. */
const whole = {
  ".git": { kind: "git", sample: "objects/pack/one.pack" },
  node_modules: { kind: "modules", sample: "one/package.json" },
} as const;

/** Whether it is such a folder, which is then not looked into. */
function noteWhole({ ignored, leaks }: Search, path: string, name: string): boolean {
  if (name !== ".git" && name !== "node_modules") return false;
  const { kind, sample } = whole[name];
  const isKept = ignored?.rules.ignores(path) || ignored?.rules.ignores(`${path}/${sample}`);
  if (!isKept) leaks.push({ path, kind });
  return true;
}

function mayHoldMore({ ignored }: Search, path: string, depth: number): boolean {
  if (depth >= bounds.depth) return false;
  return ignored === undefined || ignored.bringsBack || !ignored.rules.ignores(path);
}

async function namesDevDependencies(context: string): Promise<boolean | undefined> {
  try {
    const text = await readFile(join(context, "package.json"), "utf8");
    const value: unknown = JSON.parse(text);
    const { devDependencies = {} } = value as { devDependencies?: object };
    return Object.keys(devDependencies).length > 0;
  } catch {
    return undefined;
  }
}
