import { createHash } from "node:crypto";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromiumPins } from "./debian/chromium-pins.ts";
import { fetchPackages, hasApt } from "./debian/packages.ts";
import { unpack } from "./debian/unpack.ts";
import { cache } from "./place.ts";
import { Refusal, say, start } from "./say.ts";

// Unpacks a headless Chromium into .cache/chromium, where it is not yet, and prints the program to run.
const home = join(cache, "chromium");
const program = join(home, "chromium");
const stamp = join(home, ".complete");
const wanted = createHash("sha256").update(JSON.stringify(chromiumPins)).digest("hex");

function installChromium(): void {
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  if (!hasApt()) throw new Refusal("there is no apt here to bring Chromium with");
  say("fetching a headless Chromium from Debian's packages into .cache/chromium (about 70 MB)");
  const root = join(home, "root");
  unpack(fetchPackages(chromiumPins, join(home, "debs")), root);
  writeFileSync(program, wrapper(root));
  chmodSync(program, 0o755);
  writeFileSync(stamp, wanted);
}

/** What Debian's own wrapper does, with the libraries that are nowhere else. */
function wrapper(root: string): string {
  const libraries = join(root, "usr/lib/x86_64-linux-gnu");
  const path = [libraries, join(libraries, "pulseaudio"), join(root, "usr/lib/chromium")].join(":");
  return `#!/bin/sh
export LD_LIBRARY_PATH='${path}'
exec '${join(root, "usr/lib/chromium/chromium-headless-shell")}' "$@"
`;
}

await start(() => {
  installChromium();
  console.log(program);
});
