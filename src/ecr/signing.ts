import { DescribeImageSigningStatusCommand, type ImageSigningStatus } from "@aws-sdk/client-ecr";
import { ask } from "../aws/request.ts";
import type { Digest } from "../oci/reference.ts";
import { pauses } from "./pauses.ts";
import { inWords, questionAbout, type Session } from "./session.ts";
import type { Ecr, ManagedSigning, RepositoryId } from "./types.ts";

/** Signing takes seconds; AWS gives no limit. */
const patienceMs = 5 * 60_000;
/** A status may come a moment after the push: what has none for some seconds gets none. */
const turnsWithoutStatus = 4;

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/managed-signing.html */
export function signingQuestions(session: Session): Pick<Ecr, "managedSigning"> {
  return { managedSigning: (id, digest) => wait(session, id, digest) };
}

async function wait(session: Session, id: RepositoryId, digest: Digest): Promise<ManagedSigning> {
  const { principal, signal, patience } = session;
  const about = `ECR's signature of ${digest} in ${inWords(id, principal)}`;
  const end = Date.now() + patienceMs;
  let turns = 0;
  for await (const _ of pauses(end, about, signal)) {
    turns += 1;
    const ended = endOf(await describe(session, id, digest));
    if (ended !== "none" && ended !== "unfinished") return ended;
    if (ended === "none" && turns >= turnsWithoutStatus) return { state: "none" };
    if (turns === 1) patience.onWait?.(`${about} is not there yet`, 500);
  }
  return { state: "unfinished" };
}

/** The image has a status for each profile; one that failed is no signature, whatever becomes of the others. */
function endOf(statuses: readonly ImageSigningStatus[]): ManagedSigning | "none" | "unfinished" {
  const failed = statuses.filter(({ status }) => status === "FAILED");
  if (failed.length > 0) {
    const failures = failed.map(
      ({ signingProfileArn = "", failureCode = "", failureReason = "" }) => ({
        profile: signingProfileArn,
        reason: [failureCode, failureReason].filter(Boolean).join(": ") || "without a reason",
      }),
    );
    return { state: "failed", failures };
  }
  if (statuses.length === 0) return "none";
  return statuses.every(({ status }) => status === "COMPLETE") ? { state: "signed" } : "unfinished";
}

async function describe(
  { client, principal, signal }: Session,
  id: RepositoryId,
  digest: Digest,
): Promise<readonly ImageSigningStatus[]> {
  const command = new DescribeImageSigningStatusCommand({
    registryId: id.registryId,
    repositoryName: id.name,
    imageId: { imageDigest: digest },
  });
  const question = questionAbout("DescribeImageSigningStatus", id, principal);
  const answer = await ask(question, signal, (options) => client.send(command, options));
  return answer.signingStatuses ?? [];
}
