import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { callOrRefuse } from "../call.ts";
import { fetchPackages, hasApt } from "../debian/packages.ts";
import { busyboxPins, packageOf } from "../debian/pins.ts";
import { cache } from "../place.ts";
import { Refusal } from "../say.ts";
import { type Platform, type PlatformImage, writeLayout } from "./image.ts";
import type { Entry } from "./tar.ts";

/** The name under which a Dockerfile asks for it. */
export const baseImageName = "busybox:1.37";
const tag = "1.37";

/**
 * Writes a busybox for linux/amd64 and linux/arm64, made of Debian's packages, as an OCI layout: for
 * machines that reach Debian's archive but no container registry. Answers with what stands in a named
 * build context (`--build-context busybox:1.37=…`), or undefined where there is no apt to fetch with.
 */
export function makeBaseImage(folder: string): string | undefined {
  if (!hasApt()) return undefined;
  const programs = mkdtempSync(join(tmpdir(), "slipway-busybox-"));
  try {
    writeLayout(folder, tag, unpack(programs));
  } finally {
    rmSync(programs, { recursive: true, force: true });
  }
  return `oci-layout://${resolve(folder)}:${tag}`;
}

function unpack(folder: string): readonly PlatformImage[] {
  const debs = fetchPackages(busyboxPins, join(cache, "base-image", "debs"));
  const programs = busyboxPins.map((pin, nth) => {
    const { architecture } = packageOf(pin);
    const into = join(folder, architecture);
    callOrRefuse("dpkg-deb", ["--extract", debs[nth] ?? "", into]);
    return { architecture, file: join(into, "usr/bin/busybox") };
  });
  const applets = appletsOf(programs);
  return programs.map(({ architecture, file }) => ({
    platform: platforms[architecture] ?? platforms.amd64,
    madeBy: "busybox-static of Debian",
    entries: fileSystem(readFileSync(file), applets),
  }));
}

const platforms: { readonly amd64: Platform; readonly [architecture: string]: Platform } = {
  amd64: { os: "linux", architecture: "amd64" },
  arm64: { os: "linux", architecture: "arm64", variant: "v8" },
};

/** Asked of the one that runs on this machine: both are built with the same applets. */
function appletsOf(programs: readonly { architecture: string; file: string }[]): readonly string[] {
  const here = process.arch === "x64" ? "amd64" : process.arch;
  const native = programs.find(({ architecture }) => architecture === here);
  if (native === undefined) throw new Refusal(`no busybox for ${process.arch}`);
  const names = callOrRefuse(native.file, ["--list"]).trim().split("\n");
  return names.filter((name) => name !== "busybox").sort();
}

function fileSystem(busybox: Buffer, applets: readonly string[]): readonly Entry[] {
  const text = (path: string, content: string): Entry => ({
    type: "file",
    path,
    mode: 0o644,
    content: Buffer.from(content),
  });
  return [
    { type: "folder", path: "bin", mode: 0o755 },
    { type: "file", path: "bin/busybox", mode: 0o755, content: busybox },
    ...applets.map((name): Entry => ({ type: "link", path: `bin/${name}`, target: "busybox" })),
    { type: "folder", path: "etc", mode: 0o755 },
    text("etc/group", "root:x:0:\nnobody:x:65534:\n"),
    text(
      "etc/passwd",
      "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n",
    ),
    { type: "folder", path: "root", mode: 0o700 },
    { type: "folder", path: "tmp", mode: 0o1777 },
    { type: "folder", path: "www", mode: 0o755 },
  ];
}
