import { existsSync } from "node:fs";
import type { SlipwayError } from "../../errors.ts";
import { isObject, type Loose } from "../../loose.ts";
import { digestOfValue } from "../../oci/manifest.ts";
import type { Digest } from "../../oci/reference.ts";
import { readText } from "../../text.ts";
import { shellWord, showValue } from "../../wording.ts";

/** Words why a file is not what it should be. */
type Invalid = (file: string, why: string, cause?: unknown) => SlipwayError;

/** The object in a file of JSON, which a shell may have written as `readText` has it. Throws what `invalid` makes of why there is none. */
export async function readObject(file: string, invalid: Invalid): Promise<Loose> {
  try {
    const value: unknown = JSON.parse(await readText(file));
    if (isObject(value)) return value;
  } catch (cause) {
    throw invalid(file, whyUnreadable(cause as NodeJS.ErrnoException), cause);
  }
  throw invalid(file, "it is not an object");
}

/** The digest of what a file holds. Throws what `invalid` makes of nesting that ends the stack: nothing that slipway saves is so deep. */
export function checksumOf(file: string, value: unknown, invalid: Invalid): Digest {
  try {
    return digestOfValue(value);
  } catch (cause) {
    throw invalid(file, "it is nested too deeply", cause);
  }
}

/** Why a file that says another format, or none, is not read. */
export function otherFormat(format: unknown): string {
  const told = format === undefined ? "it says no format" : `its format is ${showValue(format)}`;
  return `${told}, and this slipway reads format 1`;
}

/** Where a command may write the plan anew: `--out` replaces no other file. */
export function placeAnew(file: string): string {
  return existsSync(file) ? "NEW_FILE" : shellWord(file);
}

function whyUnreadable({ name, code, message }: NodeJS.ErrnoException): string {
  if (code === "ENOENT") return "there is no such file";
  if (name === "SyntaxError") return `it is not JSON: ${message}`;
  return `it cannot be read (${code ?? message})`;
}
