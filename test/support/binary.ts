import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");
const made = [
  ...["bin", "commands", "src", "scripts", "package.json"],
  ...["rolldown.config.ts", "tsconfig.json", "tsconfig.types.json"],
];
const shipped = ["README.md", "docs", "LICENSE", "slipway.schema.json"];

export interface Binary extends Disposable {
  /** A checkout that is nobody else's, built. */
  readonly directory: string;
  /** What `slipway` is a link to. */
  readonly file: string;
}

/** Builds the sources as they are now, in a directory of their own: `dist` may be of yesterday, or in use. */
export function builtBinary(): Binary {
  const directory = mkdtempSync(join(tmpdir(), "slipway-binary-"));
  for (const name of [...made, ...shipped]) {
    cpSync(join(root, name), join(directory, name), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
  execFileSync("rolldown", ["-c"], { cwd: directory, stdio: ["ignore", "ignore", "inherit"] });
  return {
    directory,
    file: join(directory, "dist", "bin", "slipway.js"),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}
