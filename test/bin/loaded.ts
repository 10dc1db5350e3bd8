import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The file and what it imports before a line of it runs. */
export function staticallyLoaded(file: string, seen: readonly string[] = []): readonly string[] {
  if (seen.includes(file)) return seen;
  const text = readFileSync(file, "utf8");
  const imports = [...text.matchAll(/^import (?:.*?from )?"(\.[^"]+)";$/gm)];
  return imports.reduce<readonly string[]>(
    (all, [, path = ""]) => staticallyLoaded(join(dirname(file), path), all),
    [...seen, file],
  );
}
