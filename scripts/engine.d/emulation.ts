import {
  accessSync,
  existsSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { callOrRefuse } from "../call.ts";
import { Refusal, say } from "../say.ts";
import { layout } from "./layout.ts";

const registry = "/proc/sys/fs/binfmt_misc";
const name = "slipway-aarch64";

/** The start of an arm64 ELF program (class, data, version, ABI; type EXEC or DYN; machine 183). */
const magic = "7f454c460201010000000000000000000200b700";
const mask = "ffffffffffffff00fffffffffffffffffeffffff";

/**
 * Lets the kernel start arm64 programs through the emulator, also inside containers: flag F makes it
 * open the emulator now, so that containers need not have it; flag P keeps the name that a program was
 * called by, which busybox goes by. See the kernel's binfmt-misc document.
 */
export function emulateArm64(): void {
  if (!existsSync(join(registry, "register"))) {
    callOrRefuse("mount", ["-t", "binfmt_misc", "binfmt_misc", registry]);
    say(`changed on this machine: mounted ${registry}`);
  }
  if (readdirSync(registry).some(isArm64ForContainers)) return;
  const line = `:${name}:M::${escaped(magic)}:${escaped(mask)}:${shortPath()}:FP`;
  try {
    writeFileSync(join(registry, "register"), line);
  } catch (error) {
    throw new Refusal(`the kernel does not take an arm64 emulator: ${String(error)}`);
  }
  say(`changed on this machine: the kernel starts arm64 programs by qemu (${registry}/${name})`);
}

/** What `down` leaves behind on the machine, in words. */
export function emulationLeft(): string | undefined {
  if (!existsSync(join(registry, name))) return undefined;
  return `the arm64 emulator until the next boot (echo -1 > ${registry}/${name} removes it)`;
}

function isArm64ForContainers(entry: string): boolean {
  if (entry === "register" || entry === "status") return false;
  const text = readFileSync(join(registry, entry), "utf8");
  return /^enabled$/m.test(text) && /^flags:.*F/m.test(text) && /^magic .*0200b700$/m.test(text);
}

function escaped(hex: string): string {
  return hex.replace(/../g, (byte) => `\\x${byte}`);
}

/** The kernel takes an interpreter's path up to 127 bytes, and a checkout's may be longer. */
function shortPath(): string {
  const emulator = join(layout.root, "usr/bin/qemu-aarch64");
  accessSync(emulator);
  if (Buffer.byteLength(emulator) <= 120 && !emulator.includes(":")) return emulator;
  const link = join(layout.run, "qemu");
  if (!existsSync(link)) symlinkSync(emulator, link);
  return link;
}
