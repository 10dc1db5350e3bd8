import {
  DescribeImagesCommand,
  type DescribeImagesFilter,
  type ImageDetail,
} from "@aws-sdk/client-ecr";
import { everyPage } from "../aws/pages.ts";
import { askMaybe } from "../aws/request.ts";
import { questionAbout, type Session } from "./session.ts";
import type { RepositoryId } from "./types.ts";

/** The most that ECR answers on one page. */
const imagesPerPage = 1000;

/** What `kept` keeps of every image of a repository that the filter lets through; `undefined` for a repository that is not there. */
export async function describeImages<T>(
  { client, principal, signal }: Session,
  id: RepositoryId,
  filter: DescribeImagesFilter,
  kept: (image: ImageDetail) => readonly T[],
): Promise<T[] | undefined> {
  const question = {
    ...questionAbout("DescribeImages", id, principal),
    absent: ["RepositoryNotFoundException"],
  };
  return await askMaybe(question, signal, (options) =>
    everyPage(async (nextToken) => {
      const command = new DescribeImagesCommand({
        registryId: id.registryId,
        repositoryName: id.name,
        maxResults: imagesPerPage,
        nextToken,
        filter,
      });
      const page = await client.send(command, options);
      return { items: (page.imageDetails ?? []).flatMap(kept), next: page.nextToken };
    }),
  );
}
