import { readFile } from "node:fs/promises";
import type { SlipwayError } from "../errors.ts";
import type { Loose } from "../loose.ts";

/** The object in a file of JSON, a byte order mark before it or none. Throws what `invalid` makes of why there is none. */
export async function readObject(
  file: string,
  invalid: (file: string, why: string, cause?: unknown) => SlipwayError,
): Promise<Loose> {
  try {
    const value: unknown = JSON.parse((await readFile(file, "utf8")).replace(/^\uFEFF/, ""));
    if (typeof value === "object" && value !== null) return value as Loose;
  } catch (cause) {
    throw invalid(file, whyUnreadable(cause as NodeJS.ErrnoException), cause);
  }
  throw invalid(file, "it is not an object");
}

function whyUnreadable({ name, code, message }: NodeJS.ErrnoException): string {
  if (code === "ENOENT") return "there is no such file";
  if (name === "SyntaxError") return `it is not JSON: ${message}`;
  return `it cannot be read (${code ?? message})`;
}
