import { type LoadOptions, loadRequest, readRequest } from "../../src/config/load.ts";
import { formatConfigError } from "../../src/config/mistakes.ts";

/** Where there is no file but the configuration. */
const nothing = async (path: string): Promise<string> => {
  throw Object.assign(new Error(`no ${path}`), { code: "ENOENT" });
};

const options = { projectDir: "/project", overrides: {}, readFile: nothing };

export function load(text?: string, more: Partial<LoadOptions> = {}) {
  return loadRequest({ ...options, text, ...more });
}

export async function errorsIn(text?: string, more: Partial<LoadOptions> = {}) {
  const loaded = await readRequest({ ...options, text, ...more });
  return "errors" in loaded ? loaded.errors.map(formatConfigError) : [];
}
