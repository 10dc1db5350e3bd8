import type { GateMode, GateName, GateWish } from "../release/gate.ts";
import { defaultDockerfileGate } from "./defaults.ts";
import { resolveSmoke } from "./resolve-smoke.ts";
import type { FileConfig } from "./schema.ts";

type GatesConfig = NonNullable<FileConfig["gates"]>;

/** The gates that are on or warn, in the order of the words. */
export function resolveGates(
  { dockerfile, consumer, contents, smoke, signature }: GatesConfig = {},
  skip: readonly GateName[] = [],
): readonly GateWish[] {
  const base = <Name extends GateName>(gate: Name, config: { mode?: Switch | undefined }) => {
    const mode = modeOf(config.mode);
    return mode && { gate, mode, skipped: skip.includes(gate) };
  };
  const wishes: GateWish[] = [];
  const ofDockerfile = settingsIn(dockerfile);
  const forDockerfile = ofDockerfile && base("dockerfile", ofDockerfile);
  if (forDockerfile) {
    const { pin = defaultDockerfileGate.pin, ignore = defaultDockerfileGate.ignore } = ofDockerfile;
    wishes.push({ ...forDockerfile, settings: { pin, ignore } });
  }
  const forConsumer = consumer && base("consumer", consumer);
  if (forConsumer) wishes.push({ ...forConsumer, settings: { for: consumer.for } });
  const ofContents = settingsIn(contents);
  const forContents = ofContents && base("contents", ofContents);
  if (forContents) {
    const { allow = [], user = "warned" } = ofContents;
    wishes.push({ ...forContents, settings: { allow, user } });
  }
  const forSmoke = smoke && base("smoke", smoke);
  if (forSmoke) wishes.push({ ...forSmoke, settings: resolveSmoke(smoke) });
  const forSignature = signature && base("signature", signature);
  if (forSignature) wishes.push({ ...forSignature, settings: signatureOf(signature) });
  return wishes;
}

function signatureOf({ cosign }: NonNullable<GatesConfig["signature"]>) {
  return { ...(cosign && { cosign }) };
}

/** `contents: warn` is `contents: { mode: warn }`. */
function settingsIn<Settings extends { readonly mode?: Switch | undefined }>(
  written: Switch | Settings | undefined,
): Settings | undefined {
  if (typeof written === "object" || written === undefined) return written;
  return { mode: written } as Settings;
}

type Switch = "on" | "warn" | "off" | boolean;

function modeOf(mode: Switch = "on"): GateMode | undefined {
  if (mode === "off" || mode === false) return undefined;
  return mode === "warn" ? "warn" : "on";
}
