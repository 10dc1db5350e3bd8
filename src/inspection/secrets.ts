import { isSecretName } from "../docker/secret-mask.ts";
import type { Settings } from "../oci/image-config.ts";
import type { ImageContents, PlatformImage } from "./image.ts";

const mask = "•••";
/** Longer words are cut: whoever made the image chose them, and nobody reads on. */
const longest = 10_000;
const assignment = /(?<![\w-])([A-Za-z_-][\w-]*)=("[^"]*"|'[^']*'|[^\s"']+)/g;

/** A value, blotted out when its name is a secret's, and the credentials in an address always. */
export function maskedValue(name: string, value: string): string {
  if (value === "") return value;
  return isSecretName(name) ? mask : value.replace(/:\/\/[^/@\s]+@/g, `://${mask}@`);
}

/** Words in which `NAME=value` may stand, such as an instruction. */
export function maskedWords(words: string): string {
  const shown = words.length > longest ? `${words.slice(0, longest)}…` : words;
  return maskedValue("", shown).replace(assignment, (whole, name: string) =>
    isSecretName(name) ? `${name}=${mask}` : whole,
  );
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

/** The settings with the secrets in their words and in the environment blotted out. */
export function maskedSettings(settings: Settings): Settings {
  const { env, entrypoint, cmd, healthcheck } = settings;
  return {
    ...settings,
    env: env.map(({ name, value }) => ({ name, value: maskedValue(name, value) })),
    entrypoint: entrypoint.map(maskedWords),
    cmd: cmd.map(maskedWords),
    healthcheck: healthcheck.map(maskedWords),
  };
}
