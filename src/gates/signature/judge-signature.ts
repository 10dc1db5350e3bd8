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

const targetsAtOnce = 4;

/** Before anything leaves: whether what will be needed is there. Afterwards: signs at every target that has no signature yet. */
export async function judgeSignature(
  settings: SignatureSettings,
  { published }: GateSubject,
  place: GatePlace,
): Promise<Judgement> {
  if (published === undefined) return await judgeBefore(settings, place);
  const results = new Map<string, SignedTarget>();
  await eachOf(published.targets, targetsAtOnce, async (target) => {
    results.set(target.id, await signAt(settings, target, place));
  });
  const inOrder = published.targets.flatMap(({ id }) => results.get(id) ?? []);
  return { findings: inOrder.flatMap(({ findings }) => findings), summary: summaryOf(inOrder) };
}

async function judgeBefore({ cosign }: SignatureSettings, place: GatePlace): Promise<Judgement> {
  const why = cosign && (await cosignProblem(place));
  return {
    findings: why ? [found.cosignMissing(why)] : [],
    summary: cosign ? "cosign is here" : "",
  };
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
