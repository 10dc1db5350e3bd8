/** What of a context should never reach a builder. */
export type LeakKind = "credentials" | "git" | "modules";

export interface Leak {
  /** From the context, with `/`. */
  readonly path: string;
  readonly kind: LeakKind;
}

/** What was seen of the context folder. */
export interface ContextFacts {
  /** The ignore file that holds; absent when there is none. */
  readonly ignoreFile?: string;
  /** What is there and not ignored. */
  readonly leaks: readonly Leak[];
  /** Lock files of package managers at its top. */
  readonly locks: readonly string[];
  /** package.json names development dependencies. */
  readonly hasDevDependencies?: boolean;
}

const credentials: readonly RegExp[] = [
  /(?:^|\/)\.env(?:\.(?!(?:.*\.)?(?:example|sample|template|dist|defaults?|tpl|schema)$)[^/]+)?$/i,
  /(?:^|\/)id_(?:rsa|dsa|ecdsa|ed25519)$/,
  /(?:^|\/)(?:\.netrc|\.pgpass|\.git-credentials|\.pypirc|\.dockercfg)$/,
  /(?:^|\/)\.(?:aws\/credentials|docker\/config\.json|kube\/config)$/,
  /\.(?:key|p12|pfx|jks|keystore|ppk|kdbx)$/i,
  /(?:^|[/_.-])(?:private|priv)[_-]?key\.pem$|(?:^|\/)(?:key|privkey|server[_-]key|tls[_-]key)\.pem$/i,
];

/** Whether a path names what holds credentials by its nature: `.env`, private keys, client configurations. */
export function holdsCredentials(path: string): boolean {
  return credentials.some((pattern) => pattern.test(path));
}
