import { readFileSync } from "node:fs";
import { SlipwayError } from "../errors.ts";

/** The value in a JSON file; `what` names it in messages, such as `the faults`. Throws USAGE. */
export function readJsonFile(what: string, file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const why = missing ? "there is no such file" : "it must be a file of JSON";
    throw new SlipwayError("USAGE", `${what} of '${file}' cannot be read: ${why}`, { cause });
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What is wrong at a place of such a file, such as `faults.json, rule 2,`. */
export function wrong(place: string, what: string): SlipwayError {
  return new SlipwayError("USAGE", `${place} ${what}`);
}
