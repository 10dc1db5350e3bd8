import { dirname, resolve } from "node:path";
import { SlipwayError } from "../errors.ts";
import { readText } from "../text.ts";

export interface ConfigFile {
  /** As the user would name it from the working directory. */
  readonly file: string;
  readonly text: string;
  readonly projectDir: string;
}

const names = ["slipway.yaml", "slipway.yml"];

/**
 * The configuration file: the one that is named, or `slipway.yaml` or `slipway.yml` in `directory`;
 * `undefined` when none is named and none is there. Throws CONFIG_INVALID when a named file cannot be
 * read.
 */
export async function findConfig(
  directory: string,
  named?: string,
): Promise<ConfigFile | undefined> {
  for (const file of named === undefined ? names : [named]) {
    const path = resolve(directory, file);
    const text = await readIfThere(path, file);
    if (text !== undefined) return { file, text, projectDir: dirname(path) };
  }
  if (named === undefined) return undefined;
  throw new SlipwayError("CONFIG_INVALID", `'${named}' does not exist`, {
    suggestions: ["write a slipway.yaml to start from: slipway init"],
  });
}

async function readIfThere(path: string, file: string): Promise<string | undefined> {
  try {
    return await readText(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw new SlipwayError("CONFIG_INVALID", `'${file}' cannot be read (${code ?? message})`, {
      cause: error,
    });
  }
}
