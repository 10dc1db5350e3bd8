import { isSecretName } from "../docker/secret-mask.ts";
import type { Settings } from "../oci/image-config.ts";
import type { ImageContents, PlatformImage } from "./image.ts";

const mask = "•••";
/** Longer words are cut: whoever made the image chose them, and nobody reads on. */
const longest = 10_000;
type Quote = "" | '"' | "'";

/** What words are read by: a character that counts for itself, a quote, and a name that is given a value. */
const pieces = /\\["'\\]?|["']|(?<![\w-])[A-Za-z_-][\w-]*=/g;
const word = String.raw`(?:"(?:\\.?|[^"\\])*"?|'[^']*'?|\\.?|[^\s"'\\])*`;
/**
 * How far a value goes: a word of a shell with its quotes, or what is left of the quotes that it stands in. A quote right
 * behind a `=` begins more of the value in any case: the one before may have been an apostrophe.
 */
const values: Readonly<Record<Quote, RegExp>> = {
  "": new RegExp(word, "sy"),
  '"': new RegExp(String.raw`(?:\\.?|[^"\\])*(?:(?<==)${word})?`, "sy"),
  "'": new RegExp(`[^']*(?:(?<==)${word})?`, "sy"),
};

/** A value, blotted out when its name is a secret's, and the credentials in an address always. */
export function maskedValue(name: string, value: string): string {
  if (value === "") return value;
  return isSecretName(name) ? mask : value.replace(/:\/\/[^/@\s]+@/g, `://${mask}@`);
}

/** Words in which `NAME=value` may stand, such as an instruction. */
export function maskedWords(words: string): string {
  const shown = words.length > longest ? `${words.slice(0, longest)}…` : words;
  const text = maskedValue("", shown);
  let [told, from] = ["", 0];
  for (const { begin, end } of secretsIn(text)) {
    told += text.slice(from, begin) + mask;
    from = end;
  }
  return told + text.slice(from);
}

/** Where the values of secret names stand, in their order. */
function secretsIn(text: string): { readonly begin: number; readonly end: number }[] {
  const found: { begin: number; end: number }[] = [];
  let quote: Quote = "";
  for (const { 0: piece, index } of text.matchAll(pieces)) {
    if (index < (found.at(-1)?.end ?? 0)) continue;
    quote = quoteAfter(quote, piece);
    if (!isSecretName(piece)) continue;
    const begin = index + piece.length;
    const end = endOf(values[quote], text, begin);
    if (end > begin) found.push({ begin, end });
  }
  return found;
}

function quoteAfter(quote: Quote, piece: string): Quote {
  // Between single quotes nothing is escaped.
  if (quote === "'") return piece.endsWith("'") ? "" : quote;
  if (piece !== '"' && piece !== "'") return quote;
  if (quote === "") return piece;
  return quote === piece ? "" : quote;
}

function endOf(form: RegExp, text: string, begin: number): number {
  form.lastIndex = begin;
  return begin + (form.exec(text)?.[0].length ?? 0);
}

/** An image's contents fit to be shown: whoever built it may have left secrets in the environment and the history. */
export function withoutSecrets(image: ImageContents): ImageContents {
  const { annotations, platforms } = image;
  return {
    ...image,
    annotations: maskedValues(annotations),
    platforms: platforms.map(maskedPlatform),
  };
}

/** Labels or annotations. */
export function maskedValues(
  values: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, maskedValue(name, value)]),
  );
}

function maskedPlatform(image: PlatformImage): PlatformImage {
  return {
    ...image,
    settings: maskedSettings(image.settings),
    labels: maskedValues(image.labels),
    annotations: maskedValues(image.annotations),
    layers: image.layers.map((layer) => ({
      ...layer,
      instruction: layer.instruction === null ? null : maskedWords(layer.instruction),
    })),
  };
}

function maskedSettings(settings: Settings): Settings {
  const { env, entrypoint, cmd, healthcheck } = settings;
  return {
    ...settings,
    env: env.map(({ name, value }) => ({ name, value: maskedValue(name, value) })),
    entrypoint: entrypoint.map(maskedWords),
    cmd: cmd.map(maskedWords),
    healthcheck: healthcheck.map(maskedWords),
  };
}
