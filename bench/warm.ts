import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const bytes = 1_500_000_000;
const piece = Buffer.alloc(1_000_000, 1);

/**
 * Writes more to a file than a run will, where registries keep theirs, and removes it before the clock of the run is started. A virtual
 * machine gives back to its host what was free for some seconds, and gets it again page by page: writing 1 GB to files takes
 * 0.2 s or 2.5 s by what ran before, whoever writes it. Memory that a process took and gave back helps little: the kernel
 * hands out other pages for files.
 */
export async function warmMemory(signal: AbortSignal): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "bench-warm-"));
  try {
    const file = await open(join(folder, "pages"), "wx");
    try {
      for (let at = 0; at < bytes && !signal.aborted; at += piece.length) await file.write(piece);
    } finally {
      await file.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}
