import { access, constants, readdir, realpath, stat } from "node:fs/promises";
import { dirname, resolve, sep } from "node:path";
import { type BuildSpec, sourcesOf } from "../../docker/build-spec.ts";
import { SlipwayError } from "../../errors.ts";
import { openLayout } from "../../oci/layout.ts";
import { parseLayoutContext } from "../../oci/reference.ts";
import { shellWord } from "../../wording.ts";
import { meaningOf, nearestThere } from "../file-error.ts";

/** What is in a layout: of image-layout.md, and what buildx leaves beside it. */
const ownEntries = new Set(["oci-layout", "index.json", "blobs", "ingest", "index.json.lock"]);

/**
 * Asks before the build whether its layout can be left at `directory`: where a directory can be made, and a new one, an
 * empty one, or a layout and nothing else, which is replaced. Throws USAGE for anything else.
 */
export async function verifyLayoutPlace(flag: string, directory: string): Promise<void> {
  await verifyRoomBeside(flag, directory);
  const there = await stat(directory).catch(() => undefined);
  if (there === undefined) return;
  if (!there.isDirectory()) throw refused(flag, directory, "it is a file");
  const entries = await readdir(directory);
  if (entries.length === 0) return;
  const isLayout = (await openLayout(directory).catch(() => undefined)) !== undefined;
  const foreign = entries.find((name) => !ownEntries.has(name));
  if (isLayout && foreign === undefined) return;
  const why = isLayout
    ? `it holds '${foreign}' beside an OCI image layout`
    : "it holds other things than an OCI image layout";
  throw refused(flag, directory, why);
}

/** The layout is made beside its place, in directories that may have to be made, and takes that place when it is whole. */
async function verifyRoomBeside(flag: string, directory: string): Promise<void> {
  const above = nearestThere(dirname(resolve(directory)));
  try {
    await access(`${above}${sep}.`, constants.W_OK | constants.X_OK); // ENOTDIR of a file
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    throw new SlipwayError(
      "USAGE",
      `${flag} '${directory}' cannot be written: ${meaningOf(code) ?? code}`,
      { suggestions: [`ls -ld ${shellWord(above)}`, "name another directory"], cause },
    );
  }
}

/** A build must not replace what it is made from: the layouts among its named contexts. Throws USAGE. */
export async function verifyNotBuiltFrom(
  flag: string,
  directory: string,
  { build, projectDir }: { readonly build: BuildSpec; readonly projectDir: string },
): Promise<void> {
  const actual = (path: string) => realpath(path).catch(() => undefined);
  const place = await actual(directory);
  if (place === undefined) return;
  const contexts = sourcesOf(build).flatMap((source) => Object.entries(source.contexts));
  for (const [name, source] of contexts) {
    const context = parseLayoutContext(source);
    const base = context && (await actual(resolve(projectDir, context.path)));
    if (base === place || base?.startsWith(place + sep)) {
      throw refused(flag, directory, `the build is made from it: build.contexts.${name}`);
    }
  }
}

function refused(flag: string, directory: string, why: string): SlipwayError {
  return new SlipwayError("USAGE", `${flag} '${directory}' would be replaced, and ${why}`, {
    suggestions: ["name a new directory, or an empty one"],
  });
}
