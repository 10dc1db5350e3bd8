import type { GateMode, GateName, GateSettings, GateWish, SizeSettings } from "../release/gate.ts";
import { bytesOf } from "./byte-size.ts";
import { defaultDockerfileGate } from "./defaults.ts";
import { resolveSmoke } from "./resolve-smoke.ts";
import type { FileConfig } from "./schema.ts";

type GatesConfig = NonNullable<FileConfig["gates"]>;

/** The gates that are on or warn, in the order of the words. */
export function resolveGates(
  { dockerfile, consumer, contents, size, smoke, scan, signature }: GatesConfig = {},
  skip: readonly GateName[] = [],
): readonly GateWish[] {
  const wished = <Name extends GateName, Settings extends Switched>(
    gate: Name,
    written: Switch | Settings | undefined,
    settingsOf: (settings: Settings) => GateSettings[Name],
  ): GateWish[] => {
    const settings = settingsIn(written);
    const mode = settings && modeOf(settings.mode);
    if (settings === undefined || mode === undefined) return [];
    const skipped = skip.includes(gate);
    return [{ gate, mode, skipped, settings: settingsOf(settings) } as GateWish];
  };
  return [
    ...wished("dockerfile", dockerfile, dockerfileOf),
    ...wished("consumer", consumer, (given) => ({ for: given.for })),
    ...wished("contents", contents, ({ allow = [], user = "warned" }) => ({ allow, user })),
    ...wished("size", size, sizeOf),
    ...wished("smoke", smoke, resolveSmoke),
    ...wished("scan", scan, scanOf),
    ...wished("signature", signature, ({ require = [], cosign, managed = false }) => ({
      require: [...new Set(require)],
      ...(cosign && { cosign }),
      managed,
    })),
  ];
}

type DockerfileConfig = Extract<GatesConfig["dockerfile"], object>;

function dockerfileOf({ pin, ignore }: DockerfileConfig): GateSettings["dockerfile"] {
  const { pin: defaultPin, ignore: nothing } = defaultDockerfileGate;
  return { pin: pin ?? defaultPin, ignore: ignore ?? nothing };
}

type SizeConfig = Extract<NonNullable<GatesConfig["size"]>, object>;

function sizeOf({ budget, unpacked, growth }: SizeConfig): SizeSettings {
  const limits = growth === undefined ? [] : [growth].flat();
  const percent = limits.find((limit) => limit.endsWith("%"));
  const bytes = limits.find((limit) => !limit.endsWith("%"));
  return {
    ...(budget !== undefined && { budget: bytesOf(budget) }),
    ...(unpacked !== undefined && { unpacked: bytesOf(unpacked) }),
    ...(growth !== undefined && {
      growth: {
        ...(percent !== undefined && { percent: Number.parseFloat(percent) }),
        ...(bytes !== undefined && { bytes: bytesOf(bytes) }),
      },
    }),
  };
}

const defaultFail = { severity: "critical", fixable: false, isNew: false } as const;

type ScanConfig = Extract<GatesConfig["scan"], object>;

function scanOf({ with: tool = "trivy", fail = {}, ignore = [] }: ScanConfig) {
  const { severity = defaultFail.severity, fixable = defaultFail.fixable, olderThan } = fail;
  const { new: isNew = defaultFail.isNew } = fail;
  return {
    with: tool,
    fail: {
      severity,
      fixable,
      isNew,
      ...(olderThan !== undefined && { olderThanDays: Number.parseInt(olderThan, 10) }),
    },
    ignore,
  };
}

/** `contents: warn` is `contents: { mode: warn }`. */
function settingsIn<Settings extends Switched>(
  written: Switch | Settings | undefined,
): Settings | undefined {
  if (typeof written === "object" || written === undefined) return written;
  return { mode: written } as Settings;
}

type Switch = "on" | "warn" | "off" | boolean;

interface Switched {
  readonly mode?: Switch | undefined;
}

function modeOf(mode: Switch = "on"): GateMode | undefined {
  if (mode === "off" || mode === false) return undefined;
  return mode === "warn" ? "warn" : "on";
}
