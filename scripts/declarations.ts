import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";

/**
 * Writes the declarations of `entry` (a declaration's path below `src`) into `into`: of all that the compiler makes, the
 * files alone that it leads to. So the package shows what it promises and nothing of its inside.
 */
export async function writeDeclarations(entry: string, into: string): Promise<void> {
  const all = mkdtempSync(join(tmpdir(), "slipway-declarations-"));
  try {
    await promisify(execFile)("tsc", ["-p", "tsconfig.types.json", "--outDir", all]);
    for (const file of reachable(join(all, entry))) {
      const target = join(into, relative(all, file));
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(file, target);
    }
  } finally {
    rmSync(all, { recursive: true, force: true });
  }
}

function reachable(file: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, specifier = ""] of readFileSync(file, "utf8").matchAll(/ from "([^"]+)";/g)) {
    if (!specifier.startsWith(".")) throw new Error(`${file} leads to the package ${specifier}`);
    reachable(join(dirname(file), specifier.replace(/\.ts$/, ".d.ts")), seen);
  }
  return seen;
}
