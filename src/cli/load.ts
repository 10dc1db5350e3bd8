import { readFile } from "node:fs/promises";
import { findConfig } from "../config/find.ts";
import { loadRequest } from "../config/load.ts";
import type { Overrides } from "../config/overrides.ts";
import type { Request } from "../release/request.ts";

export interface Loaded {
  readonly request: Request;
  readonly projectDir: string;
}

/** The request of a command: the file in the working directory or the one that is named, and the flags. */
export async function load(overrides: Overrides, config: string | undefined): Promise<Loaded> {
  const found = await findConfig(process.cwd(), config);
  const projectDir = found?.projectDir ?? process.cwd();
  const request = await loadRequest({
    text: found?.text,
    file: found?.file,
    projectDir,
    overrides,
    readFile: (path) => readFile(path, "utf8"),
  });
  return { request, projectDir };
}
