import { createHash } from "node:crypto";
import { join } from "node:path";

/** The root of the repository. */
export const root = join(import.meta.dirname, "..");

/** What scripts fetch and make; never committed, and may be removed at any time. */
export const cache = join(root, ".cache");

/** Eight characters that tell this checkout from others on the machine. */
export const checkout = createHash("sha256").update(root).digest("hex").slice(0, 8);
