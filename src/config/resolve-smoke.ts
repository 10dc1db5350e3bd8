import type { SmokeProbe, SmokeSettings } from "../release/gate.ts";
import type { FileConfig } from "./schema.ts";

type SmokeConfig = NonNullable<NonNullable<FileConfig["gates"]>["smoke"]>;

/** What holds where nothing else is said: as hard as the guides ask. */
const hardened = {
  env: [],
  tmpfs: ["/tmp"],
  capabilities: [],
  memory: "512m",
  cpus: "1",
  pids: "256",
  within: "30s",
  grace: "10s",
  platforms: [],
} as const;

/** A file has keys or has them not; none of them is undefined. */
type Written = { [Key in keyof SmokeConfig]: Exclude<SmokeConfig[Key], undefined> };

/** How the image is tried. */
export function resolveSmoke(file: SmokeConfig): SmokeSettings {
  const { mode: _, probe, ...said } = file as Written;
  const config = { ...hardened, ...said };
  const wish = probeOf(probe);
  return {
    ...config,
    cpus: Number(config.cpus),
    pids: Number(config.pids),
    within: secondsOf(config.within),
    grace: secondsOf(config.grace),
    ...(wish && { probe: wish }),
  };
}

function probeOf(probe: SmokeConfig["probe"] = {}): SmokeProbe | undefined {
  if (probe.http !== undefined) {
    const [port = "", ...path] = probe.http.split("/");
    return { kind: "http", port: Number(port), path: `/${path.join("/")}` };
  }
  if (probe.tcp !== undefined) return { kind: "tcp", port: Number(probe.tcp) };
  return probe.exec && { kind: "exec", command: probe.exec };
}

function secondsOf(text: string): number {
  return Number.parseInt(text, 10) * (text.endsWith("m") ? 60 : 1);
}
