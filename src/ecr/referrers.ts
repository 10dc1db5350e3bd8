import { ListImageReferrersCommand, type ImageReferrer as SdkReferrer } from "@aws-sdk/client-ecr";
import { everyPage } from "../aws/pages.ts";
import { ask } from "../aws/request.ts";
import { type Digest, isDigest } from "../oci/reference.ts";
import { questionAbout, type Session } from "./session.ts";
import type { Ecr, Referrer, RepositoryId } from "./types.ts";

/** The most that ECR answers on one page. */
const referrersPerPage = 50;

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListImageReferrers.html */
export function referrerQuestions(session: Session): Pick<Ecr, "referrers"> {
  return { referrers: (id, subject) => listAll(session, id, subject) };
}

async function listAll(
  { client, principal, signal }: Session,
  id: RepositoryId,
  subject: Digest,
): Promise<readonly Referrer[]> {
  // IAM knows no action of the call's name: it is allowed with BatchGetImage.
  const question = questionAbout("BatchGetImage", id, principal);
  const found = await everyPage(async (nextToken) => {
    const command = new ListImageReferrersCommand({
      registryId: id.registryId,
      repositoryName: id.name,
      subjectId: { imageDigest: subject },
      filter: { artifactStatus: "ANY" }, // else archived ones are left out
      maxResults: referrersPerPage,
      nextToken,
    });
    const page = await ask(question, signal, (options) => client.send(command, options));
    return { items: (page.referrers ?? []).flatMap(referrerOf), next: page.nextToken };
  });
  return found.sort((a, b) => (a.digest < b.digest ? -1 : 1));
}

function referrerOf(referrer: SdkReferrer): Referrer[] {
  const { digest, mediaType = "", artifactType, size = 0, annotations = {} } = referrer;
  if (digest === undefined || !isDigest(digest)) return [];
  const status = referrer.artifactStatus ?? "ACTIVE";
  const type = artifactType !== undefined && { artifactType };
  return [{ digest, mediaType, ...type, size, annotations, status }];
}
