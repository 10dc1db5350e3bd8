/** Whether a tool's version is `least` or later; a version that nobody told is not. A suffix is overlooked. */
export function isAtLeast(version: string | null, least: string): boolean {
  if (version === null) return false;
  const [have, need] = [numbers(version), numbers(least)];
  const at = need.findIndex((part, index) => part !== (have[index] ?? 0));
  return at === -1 || (have[at] ?? 0) > (need[at] ?? 0);
}

function numbers(version: string): number[] {
  return (/^v?(\d+(?:\.\d+)*)/.exec(version)?.[1] ?? "").split(".").map(Number);
}
