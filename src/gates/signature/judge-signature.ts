import { eachOf } from "../../oci/parallel.ts";
import { signerOf } from "../../oci/signature.ts";
import type {
  Finding,
  GateSubject,
  GateTarget,
  Judgement,
  SignatureSettings,
} from "../../release/gate.ts";
import type { GatePlace } from "../judge.ts";
import { cosignProblem, sign } from "./cosign.ts";
import * as found from "./findings.ts";
import { unasked, unstated } from "./statements.ts";

const targetsAtOnce = 4;

/**
 * Before the build: whether it is asked for what is required. Before anything leaves: whether the image has that, and
 * what will sign is there. Afterwards: signs at every target that has no signature yet.
 */
export async function judgeSignature(
  settings: SignatureSettings,
  { spec, image, published }: GateSubject,
  place: GatePlace,
): Promise<Judgement> {
  if (image !== undefined) return await judgeImage(settings, image, place);
  if (published !== undefined) return await judgePublished(settings, published.targets, place);
  return { findings: unasked(settings.require, spec), summary: settings.require.join(", ") };
}

async function judgeImage(
  { cosign, require: required }: SignatureSettings,
  image: NonNullable<GateSubject["image"]>,
  place: GatePlace,
): Promise<Judgement> {
  const [missing, why] = await Promise.all([
    unstated(required, image),
    cosign && cosignProblem(place),
  ]);
  const findings = [...missing, ...(why ? [found.cosignMissing(why)] : [])];
  const looked = [...required, ...(cosign && !why ? ["cosign is here"] : [])];
  return { findings, summary: looked.join(", ") };
}

async function judgePublished(
  settings: SignatureSettings,
  targets: readonly GateTarget[],
  place: GatePlace,
): Promise<Judgement> {
  const results = new Map<string, SignedTarget>();
  await eachOf(targets, targetsAtOnce, async (target) => {
    results.set(target.id, await signAt(settings, target, place));
  });
  const inOrder = targets.flatMap(({ id }) => results.get(id) ?? []);
  return { findings: inOrder.flatMap(({ findings }) => findings), summary: summaryOf(inOrder) };
}

interface SignedTarget {
  readonly state: "signed" | "already" | "unsigned";
  readonly findings: readonly Finding[];
}

async function signAt(
  { cosign }: SignatureSettings,
  target: GateTarget,
  place: GatePlace,
): Promise<SignedTarget> {
  if (cosign === undefined) return { state: "unsigned", findings: [] };
  if (await isSigned(target, place)) return { state: "already", findings: [] };
  const why = await sign(cosign, target, place);
  if (why !== undefined) return { state: "unsigned", findings: [found.signingFailed(target, why)] };
  if (await isSigned(target, place)) return { state: "signed", findings: [] };
  return { state: "unsigned", findings: [found.signatureElsewhere(target)] };
}

/** Whether a signature by cosign refers to the image here, by whatever key; an archived one cannot be pulled. */
async function isSigned(target: GateTarget, { ecr }: GatePlace): Promise<boolean> {
  const referrers = await ecr(target.request).referrers(target.repository, target.digest);
  return referrers.some((one) => signerOf(one) === "cosign" && one.status === "ACTIVE");
}

function summaryOf(targets: readonly SignedTarget[]): string {
  const count = (state: SignedTarget["state"]) =>
    targets.filter((target) => target.state === state).length;
  const already = count("already");
  return `signed at ${count("signed") + already} of ${targets.length} targets${already > 0 ? `, ${already} before` : ""}`;
}
