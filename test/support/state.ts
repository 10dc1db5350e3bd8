import { DescribeRepositoriesCommand, ECRClient, ListImagesCommand } from "@aws-sdk/client-ecr";
import type { Rehearsal } from "./release.ts";

/** What one repository shows to the world: its tags, and what each points to. */
export type RepositoryState = Readonly<Record<string, string>>;

const registries = [
  { account: "123456789012", region: "us-east-1" },
  { account: "098765432109", region: "eu-central-1" },
];

const accountOfTests = "123456789012";

/**
 * Every repository of both registries, or of the first account's in other regions, with the tags in it, read by the SDK alone; equal states mean that
 * nothing was published in between.
 */
export async function registryState(
  { ecr: { endpoint } }: Pick<Rehearsal, "ecr">,
  regions?: readonly string[],
): Promise<Readonly<Record<string, RepositoryState>>> {
  const asked = regions?.map((region) => ({ account: accountOfTests, region })) ?? registries;
  const all = await Promise.all(
    asked.map(async ({ account, region }) => {
      const credentials = { accessKeyId: `AKIA${account}TEST`, secretAccessKey: "none" };
      const client = new ECRClient({ endpoint, region, credentials });
      const { repositories = [] } = await client.send(new DescribeRepositoriesCommand({}));
      return await Promise.all(
        repositories.map(async ({ repositoryName = "" }) => {
          const { imageIds = [] } = await client.send(new ListImagesCommand({ repositoryName }));
          const tags = imageIds.flatMap(({ imageTag, imageDigest }) =>
            imageTag === undefined ? [] : [[imageTag, imageDigest ?? ""] as const],
          );
          return [
            `${account}/${region}/${repositoryName}`,
            Object.fromEntries(tags.sort()),
          ] as const;
        }),
      );
    }),
  );
  return Object.fromEntries(all.flat());
}
