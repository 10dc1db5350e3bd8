import { readdir, stat } from "node:fs/promises";
import { SlipwayError } from "../errors.ts";
import { openLayout } from "../oci/layout.ts";

/**
 * Asks before the build whether its layout can be left at `directory`: a new directory, an empty one, or a
 * layout, which is replaced. Throws USAGE for anything else.
 */
export async function verifyLayoutPlace(flag: string, directory: string): Promise<void> {
  const there = await stat(directory).catch(() => undefined);
  if (there === undefined) return;
  if (!there.isDirectory()) throw refused(flag, directory, "it is a file");
  if ((await readdir(directory)).length === 0) return;
  if (await openLayout(directory).catch(() => undefined)) return;
  throw refused(flag, directory, "it holds other things than an OCI image layout");
}

function refused(flag: string, directory: string, why: string): SlipwayError {
  return new SlipwayError("USAGE", `${flag} '${directory}' would be replaced, and ${why}`, {
    suggestions: ["name a new directory, or an empty one"],
  });
}
