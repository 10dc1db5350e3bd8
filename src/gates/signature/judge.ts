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
  const { cosign, managed } = settings;
  const results = new Map<string, readonly SignedTarget[]>();
  await eachOf(targets, targetsAtOnce, async (target) => {
    const both = [cosign && signAt(cosign, target, place), managed && waitAt(target, place)];
    results.set(
      target.id,
      (await Promise.all(both)).flatMap((one) => one || []),
    );
  });
  const inOrder = targets.flatMap(({ id }) => results.get(id) ?? []);
  return { findings: inOrder.flatMap(({ findings }) => findings), summary: summaryOf(inOrder) };
}

/** What became of one signature at one target. */
interface SignedTarget {
  readonly by: "cosign" | "ECR";
  readonly state: "signed" | "already" | "unsigned";
  readonly findings: readonly Finding[];
}

async function signAt(
  cosign: readonly string[],
  target: GateTarget,
  place: GatePlace,
): Promise<SignedTarget> {
  const result = (state: SignedTarget["state"], ...findings: readonly Finding[]) =>
    ({ by: "cosign", state, findings }) as const;
  if (await isSigned(target, place)) return result("already");
  const why = await sign(cosign, target, place);
  if (why !== undefined) return result("unsigned", found.signingFailed(target, why));
  if (await isSigned(target, place)) return result("signed");
  return result("unsigned", found.signatureElsewhere(target));
}

/** ECR signs what is pushed; here it is only waited for. Throws what ECR answers else, and INTERRUPTED. */
async function waitAt(target: GateTarget, { ecr }: GatePlace): Promise<SignedTarget> {
  const ended = await ecr(target.request).managedSigning(target.repository, target.digest);
  const finding = found.managedFinding(target, ended);
  return { by: "ECR", state: finding ? "unsigned" : "signed", findings: finding ? [finding] : [] };
}

/** Whether a signature by cosign refers to the image here, by whatever key; an archived one cannot be pulled. */
async function isSigned(target: GateTarget, { ecr }: GatePlace): Promise<boolean> {
  const referrers = await ecr(target.request).referrers(target.repository, target.digest);
  return referrers.some((one) => signerOf(one) === "cosign" && one.status === "ACTIVE");
}

function summaryOf(results: readonly SignedTarget[]): string {
  const said = (by: SignedTarget["by"], signed: string) => {
    const own = results.filter((one) => one.by === by);
    const count = (state: SignedTarget["state"]) => own.filter((one) => one.state === state).length;
    const already = count("already");
    const before = already > 0 ? `, ${already} before` : "";
    return own.length === 0
      ? []
      : [`${signed} ${count("signed") + already} of ${own.length} targets${before}`];
  };
  return [...said("cosign", "signed at"), ...said("ECR", "by ECR at")].join("; ");
}
