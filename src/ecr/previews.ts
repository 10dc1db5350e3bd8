import {
  GetLifecyclePolicyPreviewCommand,
  type GetLifecyclePolicyPreviewResponse,
  StartLifecyclePolicyPreviewCommand,
} from "@aws-sdk/client-ecr";
import { isNamed } from "../aws/errors.ts";
import { ask } from "../aws/request.ts";
import { SlipwayError } from "../errors.ts";
import { pauses } from "./pauses.ts";
import { inWords, questionAbout, type Session } from "./session.ts";
import type { Ecr, PreviewedImage, RepositoryId } from "./types.ts";

const patienceMs = 10 * 60_000;
const resultsPerPage = 100;

/**
 * ECR's own lifecycle preview. The SDK's waiter retries every error until its time is over, so the
 * polling is ours.
 */
export function previewQuestions(session: Session): Pick<Ecr, "previewLifecyclePolicy"> {
  return {
    async previewLifecyclePolicy(id, text) {
      const end = Date.now() + patienceMs;
      const echoed = await start(session, id, text, end);
      let page = await completed(session, id, end);
      const images: PreviewedImage[] = [];
      for (;;) {
        verifyOurs(page, echoed, inWords(id, session.principal));
        images.push(...imagesOf(page));
        if (page.nextToken === undefined) return images;
        page = await get(session, id, page.nextToken);
      }
    },
  };
}

/** Starts when nobody else's preview of the repository runs any more; answers with the text as ECR echoes it. */
async function start(
  { client, principal, signal }: Session,
  id: RepositoryId,
  text: string,
  end: number,
): Promise<string> {
  const about = inWords(id, principal);
  const question = questionAbout("StartLifecyclePolicyPreview", id, principal);
  const command = new StartLifecyclePolicyPreviewCommand({
    registryId: id.registryId,
    repositoryName: id.name,
    lifecyclePolicyText: text,
  });
  for await (const _ of pauses(end, `a preview of ${about}`, signal)) {
    const answer = await ask(question, signal, (options) =>
      client.send(command, options).catch((error: unknown) => {
        if (isNamed(error, "LifecyclePolicyPreviewInProgressException")) return undefined;
        throw error;
      }),
    );
    if (answer) return answer.lifecyclePolicyText ?? text;
  }
  throw tooSlow(about);
}

async function completed(
  session: Session,
  id: RepositoryId,
  end: number,
): Promise<GetLifecyclePolicyPreviewResponse> {
  const about = inWords(id, session.principal);
  for await (const _ of pauses(end, `a preview of ${about}`, session.signal)) {
    const page = await get(session, id);
    if (page.status === "COMPLETE") return page;
    if (page.status !== "IN_PROGRESS") {
      throw new SlipwayError("AWS_FAILED", `the preview of ${about} ended as ${page.status}`);
    }
  }
  throw tooSlow(about);
}

async function get({ client, principal, signal }: Session, id: RepositoryId, nextToken?: string) {
  const question = questionAbout("GetLifecyclePolicyPreview", id, principal);
  const command = new GetLifecyclePolicyPreviewCommand({
    registryId: id.registryId,
    repositoryName: id.name,
    maxResults: resultsPerPage,
    nextToken,
  });
  return await ask(question, signal, (options) => client.send(command, options));
}

/** Somebody else may have started a preview of another policy in between. */
function verifyOurs(page: GetLifecyclePolicyPreviewResponse, echoed: string, about: string): void {
  if (page.lifecyclePolicyText === undefined || page.lifecyclePolicyText === echoed) return;
  throw new SlipwayError("AWS_FAILED", `the preview of ${about} is one of another policy now`);
}

function imagesOf({ previewResults = [] }: GetLifecyclePolicyPreviewResponse): PreviewedImage[] {
  return previewResults.flatMap(({ imageDigest, action, appliedRulePriority }) => {
    if (imageDigest === undefined || appliedRulePriority === undefined) return [];
    const departure = action?.type === "TRANSITION" ? "archived" : "expires";
    return [{ digest: imageDigest, departure, rule: appliedRulePriority }];
  });
}

function tooSlow(about: string): SlipwayError {
  return new SlipwayError("AWS_FAILED", `no preview of ${about} within 10 minutes`);
}
