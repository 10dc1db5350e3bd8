/**
 * Stands in for trivy, which cannot be had in tests: answers in the form of its documentation, from what the layout that
 * it is given really holds, so that a layout that it could not read fails here too.
 */
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

const [command, ...args] = process.argv.slice(2);
const {
  STAND_IN_LOG = "",
  STAND_IN_FAILS,
  STAND_IN_DATABASE,
  STAND_IN_FINDS,
  STAND_IN_HANGS,
} = process.env;
if (command === "version") {
  if (STAND_IN_HANGS) {
    await setTimeout(Number(STAND_IN_HANGS));
    appendFileSync(STAND_IN_LOG, `${JSON.stringify({ command, args })}\n`);
  }
  const VulnerabilityDB = STAND_IN_DATABASE && { Version: 2, UpdatedAt: STAND_IN_DATABASE };
  process.stdout.write(
    JSON.stringify({ Version: "0.66.0", ...(VulnerabilityDB && { VulnerabilityDB }) }),
  );
  process.exit(0);
}
appendFileSync(STAND_IN_LOG, `${JSON.stringify({ command, args })}\n`);
if (STAND_IN_FAILS) {
  process.stderr.write(
    "FATAL\tFatal error\tinit error: DB error: failed to download vulnerability DB",
  );
  process.exit(1);
}
const layout = args[args.indexOf("--input") + 1] ?? "";
const read = (digest: string) =>
  JSON.parse(readFileSync(join(layout, "blobs", ...digest.split(":")), "utf8"));
const { manifests } = JSON.parse(readFileSync(join(layout, "index.json"), "utf8"));
if (manifests.length !== 1) throw new Error("trivy would look at the first image alone");
const { architecture, os } = read(read(manifests[0].digest).config.digest);
const vulnerability = (id: string, Severity: string, more: object = {}) => ({
  VulnerabilityID: id,
  PkgName: "openssl",
  InstalledVersion: "3.0.1",
  Severity,
  PublishedDate: "2026-01-10T12:00:00Z",
  PrimaryURL: `https://avd.aquasec.com/nvd/${id.toLowerCase()}`,
  ...more,
});
const Vulnerabilities = [
  vulnerability("CVE-2026-0002", "HIGH", { FixedVersion: "3.0.9" }),
  vulnerability("CVE-2026-0001", "CRITICAL", { FixedVersion: "3.0.9" }),
  ...(STAND_IN_FINDS ? [vulnerability(STAND_IN_FINDS, "CRITICAL", { PkgName: "zlib" })] : []),
  ...(architecture === "arm64" ? [vulnerability("CVE-2026-0003", "CRITICAL")] : []),
];
const Target = `${os}/${architecture} (debian 12)`;
const Results = [
  { Target, Class: "os-pkgs", Type: "debian", Vulnerabilities },
  { Target: "app", Class: "lang-pkgs" },
];
process.stdout.write(JSON.stringify({ SchemaVersion: 2, ArtifactName: layout, Results }));
