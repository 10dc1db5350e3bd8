import { execFileSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system of its own, so small that it is soon full. Mounting is for root; `undefined` where it is refused. */
export function tinyDisk(options: string): (Disposable & { readonly dir: string }) | undefined {
  const dir = mkdtempSync(join(tmpdir(), "slipway-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", dir], { stdio: "ignore" });
  } catch {
    rmdirSync(dir);
    return undefined;
  }
  const unmount = () => {
    execFileSync("umount", [dir]);
    rmdirSync(dir);
  };
  return { dir, [Symbol.dispose]: unmount };
}
