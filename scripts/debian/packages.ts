import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { type Answer, call } from "../call.ts";
import { cache } from "../place.ts";
import { Refusal, say } from "../say.ts";
import { type Pin, packageOf, type Suite } from "./pins.ts";

const mirror = "http://deb.debian.org/debian";
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
const aptHelper = "/usr/lib/apt/apt-helper";
const apt = join(cache, "apt");

/** Whether Debian's packages can be fetched and opened here, whichever user asks. */
export function hasApt(): boolean {
  return existsSync(aptHelper) && call("dpkg-deb", ["--version"]).ok;
}

/**
 * The files of the packages, from the folder or else from Debian's archive. A package that the
 * archive no longer has in its pinned version is taken in the version that `fallbackSuite` (or else
 * its own suite) has now, which apt checks by Debian's signature; if one falls back, all do.
 */
export function fetchPackages(
  pins: readonly Pin[],
  folder: string,
  fallbackSuite?: Suite,
): readonly string[] {
  mkdirSync(folder, { recursive: true });
  const missing = pins.filter((pin) => !fetchPinned(pin, folder));
  if (missing.length === 0) return pins.map((pin) => join(folder, basename(pin.path)));
  const gone = missing.map((pin) => basename(pin.path)).join(", ");
  const suite = fallbackSuite === undefined ? "their suite's present ones" : `${fallbackSuite}'s`;
  say(`Debian has ${gone} no more: taking ${suite}`);
  if (fallbackSuite === undefined) {
    return pins.map((pin) =>
      missing.includes(pin)
        ? fetchPresent(pin, pin.suite, folder)
        : join(folder, basename(pin.path)),
    );
  }
  return pins.map((pin) => fetchPresent(pin, fallbackSuite, folder));
}

/** apt-helper is apt's own download: it knows the machine's proxies and checks the checksum. */
function fetchPinned(pin: Pin, folder: string): boolean {
  const file = join(folder, basename(pin.path));
  if (existsSync(file) && sha256(file) === pin.sha256) return true;
  const { ok, stderr } = call(
    aptHelper,
    [...asCaller, "download-file", `${mirror}/${pin.path}`, `${file}.part`, `SHA256:${pin.sha256}`],
    { timeout: 300_000 },
  );
  if (ok) renameSync(`${file}.part`, file);
  rmSync(`${file}.part.FAILED`, { force: true }); // what apt keeps for those who ask why
  if (!ok && !/\b404\b/.test(stderr)) throw unreachable(pin, stderr);
  return ok;
}

function fetchPresent(pin: Pin, suite: Suite, folder: string): string {
  const { name, architecture } = packageOf(pin);
  const into = join(folder, `${suite}-${name}-${architecture}`);
  mkdirSync(into, { recursive: true });
  const before = readdirSync(into)[0];
  if (before !== undefined) return join(into, before);
  updateLists(suite);
  const args = [...privateState(suite), "download", `${name}:${architecture}`];
  const answer = call("apt-get", args, { cwd: into, timeout: 300_000 });
  const file = readdirSync(into)[0];
  if (!answer.ok || file === undefined) throw unreachable(pin, answer.stderr);
  return join(into, file);
}

const updated = new Map<Suite, Answer>();

function updateLists(suite: Suite): void {
  if (updated.get(suite)?.ok) return;
  for (const folder of ["lists/partial", "cache/archives/partial"]) {
    mkdirSync(join(apt, suite, folder), { recursive: true });
  }
  writeFileSync(
    join(apt, suite, "sources.list"),
    `deb [signed-by=${keyring}] ${mirror} ${suite} main\n`,
  );
  writeFileSync(join(apt, suite, "status"), "");
  const answer = call("apt-get", [...privateState(suite), "update"], { timeout: 300_000 });
  if (!answer.ok) throw new Refusal(`apt-get update for ${suite} failed:\n${answer.stderr.trim()}`);
  updated.set(suite, answer);
}

/** Downloads as the user who calls: apt's own user cannot write into a checkout. */
const asCaller = ["-q", "-o", "APT::Sandbox::User="];

/** Sources, lists and cache of our own, so that the machine's apt neither helps nor changes. */
function privateState(suite: Suite): readonly string[] {
  const at = (name: string) => join(apt, suite, name);
  const settings = {
    "Dir::Etc::sourcelist": at("sources.list"),
    "Dir::Etc::sourceparts": "-",
    "Dir::State": at("."),
    "Dir::State::status": at("status"),
    "Dir::Cache": at("cache"),
    "APT::Architectures": "amd64,arm64",
  };
  return [
    ...asCaller,
    ...Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]),
  ];
}

function unreachable(pin: Pin, stderr: string): Refusal {
  return new Refusal(
    `${basename(pin.path)} could not be fetched from ${mirror}:\n${stderr.trim()}`,
  );
}

function sha256(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
