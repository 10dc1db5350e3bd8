import { copyFile, link, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { blobPath, type Layout } from "./layout.ts";
import { makeDirectory } from "./make-directory.ts";
import { blobsOf, type Tree } from "./tree.ts";

/**
 * Leaves an image as a layout of its own at `destination`, in the place of whatever is there, whole or not
 * at all. Blobs are linked where the file system can, so that an image takes its room once.
 */
export async function exportLayout(
  layout: Layout,
  { nodes }: Tree,
  destination: string,
): Promise<void> {
  const place = resolve(destination);
  await makeDirectory(dirname(place));
  const unfinished = await mkdtemp(join(dirname(place), `.${basename(place)}-`));
  try {
    const digests = [
      ...nodes.map(({ manifest }) => manifest.digest),
      ...blobsOf(nodes).map(({ digest }) => digest),
    ];
    for (const digest of digests) {
      const to = blobPath(unfinished, digest);
      await mkdir(dirname(to), { recursive: true });
      await linkOrCopy(blobPath(layout.directory, digest), to);
    }
    for (const name of ["index.json", "oci-layout"]) {
      await copyFile(join(layout.directory, name), join(unfinished, name));
    }
    await rm(place, { recursive: true, force: true });
    await rename(unfinished, place);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Another file system, or one without links, or one's own limit of links to a file: then it is a copy. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to));
}
