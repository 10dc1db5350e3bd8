import { object, parseObject, text } from "../loose.ts";

/** Credentials for one registry. They live in memory and in the environment of one process, nowhere else. */
export interface RegistryAuth {
  readonly host: string;
  readonly username: string;
  readonly password: string;
}

/**
 * The value of DOCKER_AUTH_CONFIG that adds `auths` to what `existing` holds; `undefined` when there is
 * nothing to say. docker drops the whole variable over one field it does not know (GitLab's runners
 * write `credHelpers`), so only entries with `auth` are kept. On the same host ours wins.
 */
export function authConfig(
  auths: readonly RegistryAuth[],
  existing: string | undefined,
): string | undefined {
  const entries = { ...usableEntries(existing), ...authEntries(auths) };
  return Object.keys(entries).length === 0 ? undefined : JSON.stringify({ auths: entries });
}

/** By host, as the `auths` of docker's configuration hold them. */
export function authEntries(auths: readonly RegistryAuth[]): Record<string, { auth: string }> {
  return Object.fromEntries(
    auths.map(({ host, username, password }) => [
      host,
      { auth: Buffer.from(`${username}:${password}`).toString("base64") },
    ]),
  );
}

function usableEntries(existing: string | undefined): Record<string, { auth: string }> {
  const { auths } = parseObject(existing ?? "{}");
  return Object.fromEntries(
    Object.entries(object(auths)).flatMap(([host, entry]) => {
      const auth = text(object(entry).auth);
      return auth === "" ? [] : [[host, { auth }]];
    }),
  );
}
