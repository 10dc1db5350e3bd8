import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clientPins } from "./debian/client-pins.ts";
import { fetchPackages, hasApt } from "./debian/packages.ts";
import { unpack } from "./debian/unpack.ts";
import { cache } from "./place.ts";
import { say, start } from "./say.ts";

// Unpacks crane, oras, cosign and docker-registry into .cache/clients, where they are not yet, and prints the folder of the
// programs. Where they cannot be brought the folder is empty, and what needs them is left out.
const home = join(cache, "clients");
const root = join(home, "root");
const stamp = join(home, ".complete");
const wanted = createHash("sha256").update(JSON.stringify(clientPins)).digest("hex");

function installClients(): void {
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  if (process.arch !== "x64" || !hasApt()) return;
  say(
    "fetching crane, oras, cosign and docker-registry from Debian's packages into .cache/clients",
  );
  unpack(fetchPackages(clientPins, join(home, "debs")), root);
  writeFileSync(stamp, wanted);
}

await start(() => {
  installClients();
  console.log(join(root, "usr/bin"));
});
