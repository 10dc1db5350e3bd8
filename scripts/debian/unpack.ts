import { mkdirSync, renameSync, rmSync } from "node:fs";
import { callOrRefuse } from "../call.ts";

/** Unpacks packages into a fresh folder that takes the place of `root` when all is in it; `more` adds to it before. */
export function unpack(
  debs: readonly string[],
  root: string,
  more: (fresh: string) => void = () => {},
): void {
  const fresh = `${root}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  for (const deb of debs) callOrRefuse("dpkg-deb", ["--extract", deb, fresh]);
  more(fresh);
  rmSync(root, { recursive: true, force: true });
  renameSync(fresh, root);
}
