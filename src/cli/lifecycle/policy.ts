import { dirname, resolve } from "node:path";
import { buffer as readAll } from "node:stream/consumers";
import { type Code, SlipwayError } from "../../errors.ts";
import { type ParsedPolicy, parsePolicyText } from "../../lifecycle/parse.ts";
import type { LifecyclePolicy } from "../../lifecycle/policy.ts";
import { type PolicyMapEntry, parsePolicyMap } from "../../lifecycle/policy-map.ts";
import { once } from "../../oci/once.ts";
import { decodeText, readText } from "../../text.ts";
import { shellWord } from "../../wording.ts";

/** A file's text, or stdin's for `-`. Throws what cannot be read as `code`, naming the file. */
export async function readInput(file: string, code: Code): Promise<string> {
  try {
    return file === "-" ? decodeText(await readAll(process.stdin)) : await readText(file);
  } catch (cause) {
    const name = file === "-" ? "stdin" : `'${file}'`;
    const isOtherText = (cause as NodeJS.ErrnoException).code === undefined;
    throw new SlipwayError(code, `${name} cannot be read: ${whyUnreadable(cause as Error)}`, {
      suggestions: [
        isOtherText
          ? `make it UTF-8: iconv -f WINDOWS-1252 -t UTF-8${file === "-" ? "" : ` ${shellWord(file)}`}`
          : "name a file that is there, or - for stdin",
      ],
      cause,
    });
  }
}

function whyUnreadable({ code, message }: NodeJS.ErrnoException): string {
  if (code === "ENOENT") return "there is no such file";
  return code === "EISDIR" ? "it is a directory" : (code ?? message);
}

/** Reads a policy file. Throws LIFECYCLE_INVALID with all mistakes and their places. */
export async function readPolicy(file: string): Promise<LifecyclePolicy> {
  const parsed = parsePolicyText(await readInput(file, "LIFECYCLE_INVALID"), { file });
  if ("policy" in parsed) return parsed.policy;
  const count = parsed.mistakes.length === 1 ? "a mistake" : `${parsed.mistakes.length} mistakes`;
  throw new SlipwayError(
    "LIFECYCLE_INVALID",
    `${count} in the lifecycle policy:${mistakeLines(parsed).join("")}`,
    { suggestions: [`slipway lifecycle check ${shellWord(file)}`] },
  );
}

function mistakeLines({ mistakes }: Extract<ParsedPolicy, { mistakes: unknown }>): string[] {
  return mistakes.map(
    ({ file, line, column, message, grammar }) =>
      `\n  ${file}:${line}:${column}  ${message} (${grammar})`,
  );
}

export interface MappedPolicy extends Omit<PolicyMapEntry, "policy"> {
  readonly policy: LifecyclePolicy;
}

/** Reads a map and every policy it names, each file once. Throws LIFECYCLE_INVALID. */
export async function readPolicyMap(file: string): Promise<readonly MappedPolicy[]> {
  const parsed = parsePolicyMap(await readInput(file, "LIFECYCLE_INVALID"));
  if ("mistakes" in parsed) {
    const lines = parsed.mistakes.map(
      ({ line, column, message }) => `\n  ${file}:${line}:${column}  ${message}`,
    );
    throw new SlipwayError("LIFECYCLE_INVALID", `not a map of policies:${lines.join("")}`);
  }
  const read = once((path: string) => readPolicy(resolve(dirname(file), path)));
  return await Promise.all(
    parsed.entries.map(async ({ match, policy }) => ({ match, policy: await read(policy) })),
  );
}
