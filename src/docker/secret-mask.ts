import type { BuildSpec } from "./build-spec.ts";
import type { RegistryAuth } from "./registry-auth.ts";

interface Secrets {
  readonly spec: BuildSpec;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly registryAuth: readonly RegistryAuth[];
}

/** Shorter values would mask half of every log. */
const shortest = 6;

/**
 * A function that blots out secrets in what buildx says: registry passwords, secrets from the
 * environment, and build arguments named like a secret. Secret files are read by buildx alone.
 */
export function secretMask({ spec, env, registryAuth }: Secrets): (line: string) => string {
  const values = [
    ...registryAuth.map(({ password }) => password),
    ...spec.secrets.flatMap((secret) => ("env" in secret ? (env[secret.env] ?? []) : [])),
    ...Object.entries(spec.args).flatMap(([name, value]) => (isSecretName(name) ? value : [])),
  ];
  const long = values.filter((value) => value.length >= shortest);
  // Progress lines are JSON, where a value may stand escaped.
  const forms = new Set(long.flatMap((value) => [value, JSON.stringify(value).slice(1, -1)]));
  return (line) => [...forms].reduce((text, form) => text.replaceAll(form, "•••"), line);
}

function isSecretName(name: string): boolean {
  return /token|secret|passw|credential|private|api_?key|access_?key/i.test(name);
}
