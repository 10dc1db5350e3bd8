import { access, appendFile, constants, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { type ErrorDetails, SlipwayError } from "../../errors.ts";
import { shellWord } from "../../wording.ts";
import { meaningOf, nearestThere } from "../file-error.ts";

/**
 * Asks before the work whether its result can be written to `file`, so that no release is done and then
 * has nowhere to put its receipt. Throws USAGE with the flag that named the file.
 */
export async function verifyWritable(flag: string, file: string): Promise<void> {
  const path = resolve(file);
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) throw unwritable(flag, file, isDirectory);
  const asked = there === undefined ? dirname(path) : path;
  try {
    await access(asked, constants.W_OK);
  } catch (cause) {
    throw unwritable(flag, file, whyNot(cause as NodeJS.ErrnoException), cause);
  }
}

/** What a file of one kind, such as `saved plan`, has at its top; another file is not ours to replace. */
export type OutputKind = { readonly name: string } & (
  | {
      readonly keys: readonly string[];
      /** What stands there when it is about several images. */
      readonly keysOfSeveral?: readonly string[];
    }
  | { readonly start: string }
);

/**
 * As `verifyWritable`, and nothing but an empty file or one of the same kind is replaced. Throws USAGE.
 */
export async function verifyReplaceable(
  flag: string,
  file: string,
  kind: OutputKind,
): Promise<void> {
  await verifyWritable(flag, file);
  const there = await stat(resolve(file)).catch(() => undefined);
  if (!there?.isFile() || there.size === 0) return;
  const text = there.size > largestOfOurs ? "" : await readFile(file, "utf8");
  if (isOfKind(text, kind)) return;
  throw new SlipwayError(
    "USAGE",
    `${flag} '${file}' would overwrite a file that is not ${kind.name}`,
    { suggestions: ["name another file, or remove that one first"] },
  );
}

const largestOfOurs = 64 * 1024 * 1024;

function isOfKind(text: string, kind: OutputKind): boolean {
  if ("start" in kind) return text.startsWith(kind.start);
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    if (typeof value !== "object" || value === null) return false;
    const { keys, keysOfSeveral = keys } = kind;
    return [keys, keysOfSeveral].some((form) => form.every((key) => key in value));
  } catch {
    return false;
  }
}

/** A value as JSON that people can read too. Throws USAGE with the flag that named the file. */
export async function writeJson(flag: string, file: string, value: unknown): Promise<void> {
  await writeOutput(flag, file, `${JSON.stringify(value, null, 2)}\n`);
}

/** Throws USAGE with the flag that named the file. */
export async function writeOutput(flag: string, file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (cause) {
    throw unwritable(flag, file, whyNot(cause as NodeJS.ErrnoException), cause);
  }
}

/** What has been done is told all the same: nothing else keeps what the tags pointed to before. */
export class ReceiptUnwritten extends SlipwayError {
  readonly receipt: unknown;

  constructor(receipt: unknown, message: string, details: ErrorDetails) {
    super("FILE_FAILED", message, details);
    this.receipt = receipt;
  }
}

/**
 * Writes the receipt of what has been done. Throws ReceiptUnwritten, which says that it has been done: a call that was
 * wrong would have done nothing.
 */
export async function writeReceipt(file: string, receipt: unknown): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(receipt, null, 2)}\n`);
  } catch (cause) {
    throw unwritten(receipt, "the receipt", file, cause);
  }
}

/**
 * Appends to `file`, which `name` stands for, what has been done and `receipt` records. Throws ReceiptUnwritten, as
 * `writeReceipt` does.
 */
export async function appendReport(
  name: string,
  file: string,
  text: string,
  receipt: unknown,
): Promise<void> {
  try {
    await appendFile(file, text);
  } catch (cause) {
    throw unwritten(receipt, name, file, cause);
  }
}

function unwritten(receipt: unknown, what: string, file: string, cause: unknown) {
  const why = whyNot(cause as NodeJS.ErrnoException);
  const message = `everything is published, and ${what} cannot be written to '${file}': ${why}`;
  const place = shellWord(nearestThere(resolve(file)));
  const look = `ls -ld ${place} && df -h ${place}`;
  const again = `run the same command again: it finds everything done, and writes ${what}`;
  return new ReceiptUnwritten(receipt, message, { suggestions: [look, again], cause });
}

function whyNot({ code }: NodeJS.ErrnoException): string {
  if (code === "ENOENT") return noDirectory;
  if (code === "EISDIR") return isDirectory;
  return meaningOf(code ?? "") ?? code ?? "for an unknown reason";
}

const isDirectory = "it is a directory";
const noDirectory = "there is no such directory";

function unwritable(flag: string, file: string, why: string, cause?: unknown): SlipwayError {
  const ways: Readonly<Record<string, readonly string[]>> = {
    [isDirectory]: ["name a file in it"],
    [noDirectory]: [`mkdir -p ${shellWord(dirname(file))}`, "or name another file"],
  };
  return new SlipwayError("USAGE", `${flag} '${file}' cannot be written: ${why}`, {
    suggestions: ways[why] ?? [
      `ls -ld ${shellWord(nearestThere(resolve(file)))}`,
      "name another file",
    ],
    cause,
  });
}
