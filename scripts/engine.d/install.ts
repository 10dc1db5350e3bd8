import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { call, callOrRefuse } from "../call.ts";
import { fetchPackages } from "../debian/packages.ts";
import { dockerFallbackSuite, dockerPins, emulatorPins, helperPins } from "../debian/pins.ts";
import { unpack } from "../debian/unpack.ts";
import { say } from "../say.ts";
import { layout } from "./layout.ts";

const wanted = createHash("sha256")
  .update(JSON.stringify([dockerPins, helperPins, emulatorPins]))
  .digest("hex");

const stamp = join(layout.root, ".complete");

/** Unpacks docker and what it needs into the private prefix; nothing is installed on the machine. */
export function installEngine(): void {
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  say("fetching docker from Debian's packages into .cache/engine (about 150 MB)");
  const debs = [
    ...fetchPackages(dockerPins, layout.debs, dockerFallbackSuite),
    ...fetchPackages(helperPins, layout.debs),
  ];
  const emulator = fetchPackages(emulatorPins, layout.debs);
  unpack(debs, layout.root, (fresh) => {
    for (const deb of emulator) extractOne(deb, "./usr/bin/qemu-aarch64", fresh);
  });
  linkTools();
  configureClients();
  writeFileSync(stamp, wanted);
}

/** The emulators of all architectures are half a gigabyte, and one is wanted. */
function extractOne(deb: string, member: string, into: string): void {
  const script = 'dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" "$3"';
  callOrRefuse("sh", ["-c", script, "sh", deb, into, member]);
}

/** Debian links these when a package is configured, which never happens to ours. */
function linkTools(): void {
  const kind = kernelKnowsNftables() ? "nft" : "legacy";
  const names = ["iptables", "ip6tables"].flatMap((name) => [
    name,
    `${name}-save`,
    `${name}-restore`,
  ]);
  freshLinks(layout.tools, {
    ...Object.fromEntries(names.map((name) => [name, `usr/sbin/xtables-${kind}-multi`])),
    "docker-init": "usr/bin/tini-static",
  });
  freshLinks(layout.bin, { docker: "usr/bin/docker" });
}

function freshLinks(folder: string, links: Readonly<Record<string, string>>): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, target] of Object.entries(links)) {
    symlinkSync(join("..", "root", target), join(folder, name));
  }
}

function kernelKnowsNftables(): boolean {
  const program = join(layout.root, "usr/sbin/iptables-nft");
  return call(program, ["-t", "nat", "-L", "-n"], { env: toolEnvironment() }).ok;
}

function configureClients(): void {
  mkdirSync(layout.config, { recursive: true });
  const plugins = join(layout.root, "usr/libexec/docker/cli-plugins");
  const config = JSON.stringify({ cliPluginsExtraDirs: [plugins] });
  writeFileSync(join(layout.config, "config.json"), config);
}

/** What the private engine's own programs need in their environment. */
export function toolEnvironment(): NodeJS.ProcessEnv {
  const libraries = join(layout.root, "usr/lib/x86_64-linux-gnu");
  const path = [
    layout.tools,
    join(layout.root, "usr/sbin"),
    join(layout.root, "usr/bin"),
    process.env.PATH ?? "/usr/sbin:/usr/bin:/sbin:/bin",
  ];
  return {
    ...process.env,
    PATH: path.join(":"),
    LD_LIBRARY_PATH: libraries,
    XTABLES_LIBDIR: join(libraries, "xtables"),
  };
}
