import { stripVTControlCharacters } from "node:util";
import { closest, distance } from "fastest-levenshtein";

/**
 * The word of `known` that was probably meant by `word`; `undefined` when none is near. Another
 * spelling of the same words (`no-cache` for `noCache`) is always near.
 */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  const bare = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  const respelled = known.find((each) => bare(each) === bare(word));
  if (respelled !== undefined || known.length === 0) return respelled;
  const nearest = closest(word.slice(0, 100), known);
  const allowed = Math.max(1, Math.floor(nearest.length * 0.4));
  return distance(bare(word.slice(0, 100)), bare(nearest)) <= allowed ? nearest : undefined;
}

/** Whether one letter more, less or other makes them the same. */
export function isAlmost(word: string, other: string): boolean {
  return distance(word.slice(0, 100), other) <= 1;
}

/** A value as a message about it shows it: short, one line, its kind recognisable. */
export function showValue(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "an object";
  if (typeof value !== "string") return String(value);
  const short = value.length > 60 ? `${value.slice(0, 57)}…` : value;
  return JSON.stringify(short).replace(/^"(.*)"$/s, "'$1'");
}

/** `1 image`, `2 images`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** `rules[0].selection.tagPatternList[1]`, as people write a path. */
export function showPath(path: readonly (string | number)[]): string {
  return path.reduce<string>((shown, part) => {
    if (typeof part === "number") return `${shown}[${part}]`;
    return shown === "" ? part : `${shown}.${part}`;
  }, "");
}

/** Words as a POSIX shell takes them: `slipway rollback latest --receipt 'a file.json'`. */
export function commandLine(words: readonly string[]): string {
  return words.map(shellWord).join(" ");
}

/** A word as a POSIX shell takes it, in quotes only where it needs them. */
export function shellWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

const mostForeign = 500;

/**
 * What somebody else said, as a message of ours repeats it: one line of at most 500 characters that moves no cursor.
 * Of a page in HTML or XML, such as a proxy's or S3's, what people read of it.
 */
export function foreignText(text: string): string {
  const beginning = text.slice(0, 8192);
  const isPage = /^\s*<[!?a-z]/i.test(beginning);
  const readable = isPage
    ? beginning
        .replaceAll(/<(script|style|head)\b.*?<\/\1\s*>/gis, headTitle)
        .replaceAll(/<[^>]*>?/g, " ")
    : beginning;
  const line = stripVTControlCharacters(readable)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim();
  return line.length > mostForeign ? `${line.slice(0, mostForeign - 1)}…` : line;
}

/** Of a page's head its title alone. */
function headTitle(head: string): string {
  return `${/<title\b[^>]*>(.*?)<\/title/is.exec(head)?.[1] ?? ""} `;
}
