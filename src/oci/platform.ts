/** Other names of the same architecture, as containerd's `platforms.Normalize` knows them. */
const architectures = new Map([
  ["aarch64", "arm64"],
  ["armel", "arm/v6"],
  ["armhf", "arm/v7"],
  ["i386", "386"],
  ["x86-64", "amd64"],
  ["x86_64", "amd64"],
]);

/** The variant that is meant where none is named, and that is left out where it is. */
const usualVariants = new Map([
  ["amd64", "v1"],
  ["arm64", "v8"],
]);

/**
 * One spelling for one platform, so that `linux/arm64/v8` and `linux/arm64` are the same.
 * https://github.com/containerd/platforms/blob/main/database.go
 */
export function canonicalPlatform(text: string): string {
  const [os = "", named = "", said] = text.toLowerCase().split("/");
  const [architecture = "", implied] = (architectures.get(named) ?? named).split("/");
  const variant = said && /^\d/.test(said) ? `v${said}` : (said ?? implied);
  if (architecture === "arm") return `${os}/arm/${variant ?? "v7"}`;
  const shown = variant === usualVariants.get(architecture) ? undefined : variant;
  return [os, architecture, shown].filter(Boolean).join("/");
}

/** Whether two texts name one platform: `linux/arm64` is `linux/arm64/v8`. */
export function isSamePlatform(one: string, other: string): boolean {
  return canonicalPlatform(one) === canonicalPlatform(other);
}
