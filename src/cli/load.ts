import { readFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { findConfig } from "../config/find.ts";
import { type LoadOptions, loadRequest } from "../config/load.ts";
import type { Overrides } from "../config/overrides.ts";
import type { Request } from "../release/request.ts";

export interface Loaded {
  readonly request: Request;
  readonly projectDir: string;
}

/** The request of a command: the file in the working directory or the one that is named, and the flags. */
export async function load(
  overrides: Overrides,
  config: string | undefined,
  needs: Pick<LoadOptions, "needsTargets"> = {},
): Promise<Loaded> {
  const found = await findConfig(process.cwd(), config);
  const projectDir = found?.projectDir ?? process.cwd();
  const request = await loadRequest({
    text: found?.text,
    file: found?.file,
    projectDir,
    overrides: rebased(overrides, projectDir),
    ...needs,
    readFile: (path) => readFile(path, "utf8"),
  });
  return { request, projectDir };
}

/** Paths in flags are meant from the working directory; the file's own from where it is. */
function rebased(overrides: Overrides, projectDir: string): Overrides {
  const { context, dockerfile } = overrides.build ?? {};
  const rebase = (path: string | undefined) =>
    path === undefined ? undefined : relative(projectDir, resolve(path)) || ".";
  if (resolve(projectDir) === process.cwd()) return overrides;
  return {
    ...overrides,
    build: { ...overrides.build, context: rebase(context), dockerfile: rebase(dockerfile) },
  };
}
