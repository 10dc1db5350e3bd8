import { type BuildSpec, sourcesOf } from "./build-spec.ts";
import type { RegistryAuth } from "./registry-auth.ts";

interface Secrets {
  readonly specs: readonly BuildSpec[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly registryAuth: readonly RegistryAuth[];
}

/** Shorter values would mask half of every log. */
const shortest = 6;

/**
 * A function that blots out secrets in what buildx says: registry passwords, secrets from the
 * environment, and build arguments named like a secret. Secret files are read by buildx alone.
 */
export function secretMask({ specs, env, registryAuth }: Secrets): (words: string) => string {
  const sources = specs.flatMap(sourcesOf);
  const values = [
    ...registryAuth.map(({ password }) => password),
    ...sources
      .flatMap(({ secrets }) => secrets)
      .flatMap((secret) => ("env" in secret ? (env[secret.env] ?? []) : [])),
    ...sources
      .flatMap(({ args }) => Object.entries(args))
      .flatMap(([name, value]) => (isSecretName(name) ? value : [])),
  ];
  return maskOf(values);
}

/** A function that blots out these values wherever they stand. */
export function maskOf(values: readonly string[]): (words: string) => string {
  // Logs come line by line, so a secret of many lines is looked for line by line.
  const parts = new Set(values.flatMap((value) => value.split(/\r?\n/)));
  const long = [...parts].filter((part) => part.length >= shortest);
  return (words) => long.reduce((text, part) => text.replaceAll(part, "•••"), words);
}

/** The name of a step as the Dockerfile has it: `RUN fetch $MIRROR`, not `RUN fetch https://…`. */
export function unexpanded(name: string, spec: BuildSpec): string {
  const args = sourcesOf(spec).flatMap((source) => Object.entries(source.args));
  const long = args.filter(([, value]) => value.length >= shortest);
  return long.reduce((text, [arg, value]) => text.replaceAll(value, () => `$${arg}`), name);
}

/** Whether a variable of this name is likely to hold a secret. */
export function isSecretName(name: string): boolean {
  return /token|secret|passw|credential|private|api_?key|access_?key/i.test(name);
}
