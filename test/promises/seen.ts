import {
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetLifecyclePolicyCommand,
  ListImageReferrersCommand,
} from "@aws-sdk/client-ecr";
import type { Effect } from "../../src/local/server.ts";
import type { Template } from "./template.ts";

/**
 * Every repository of the registries: tags and what they point to, where the records say that they were before,
 * settings, policy. Not what has no name.
 */
export async function stateOf(endpoint: string, registries: readonly string[]): Promise<unknown> {
  const seen = await Promise.all(
    registries.map(async (registry) => {
      const [account = "", region = ""] = registry.split("/");
      const credentials = { accessKeyId: `AKIA${account}TEST`, secretAccessKey: "none" };
      const client = new ECRClient({ endpoint, region, credentials });
      const { repositories = [] } = await client.send(new DescribeRepositoriesCommand({}));
      return await Promise.all(
        repositories.map(async ({ repositoryName, ...settings }) => {
          const { imageDetails = [] } = await client.send(
            new DescribeImagesCommand({ repositoryName }),
          );
          const tags = imageDetails.flatMap(({ imageTags = [], imageDigest }) =>
            imageTags.map((tag) => [tag, imageDigest] as const),
          );
          const { imageTagMutability, imageTagMutabilityExclusionFilters: filters } = settings;
          return [
            registry,
            repositoryName,
            { imageTagMutability, filters },
            Object.fromEntries(tags.sort()),
            await memoryOf(client, repositoryName, new Set(tags.map(([, digest]) => digest))),
            await policyOf(client, repositoryName),
          ];
        }),
      );
    }),
  );
  return seen.flat();
}

/** All that the records at these images say, each thing once. */
async function memoryOf(
  client: ECRClient,
  repositoryName: string | undefined,
  digests: ReadonlySet<string | undefined>,
) {
  const said = [...digests].map(async (imageDigest) => {
    const subjectId = { imageDigest };
    const { referrers = [] } = await client.send(
      new ListImageReferrersCommand({ repositoryName, subjectId, maxResults: 50 }),
    );
    return referrers.flatMap(({ artifactType, annotations = {} }) => {
      const moves = Object.entries(JSON.parse(annotations["dev.slipway.tags.from"] ?? "{}"));
      const about = [artifactType, annotations["dev.slipway.repository"]];
      const held = annotations["dev.slipway.tags.newer-than"];
      return moves.map((move) => [imageDigest, ...about, ...move, held].join(" "));
    });
  });
  return [...new Set((await Promise.all(said)).flat())].sort();
}

async function policyOf(client: ECRClient, repositoryName: string | undefined) {
  try {
    const { lifecyclePolicyText } = await client.send(
      new GetLifecyclePolicyCommand({ repositoryName }),
    );
    return JSON.parse(lifecyclePolicyText ?? "null");
  } catch (error) {
    if ((error as Error).name === "LifecyclePolicyNotFoundException") return null;
    throw error;
  }
}

/**
 * Goes through the effects in order and answers with every tag that pointed, the moment it was written, to an
 * image of which some registry lacked something.
 */
export function tagsBeforeContent(
  effects: readonly Effect[],
  { past, registries, images }: Pick<Template, "past" | "registries" | "images">,
): string[] {
  const held = new Set<string>();
  return [...past, ...effects].flatMap(({ kinds, registry, repository, digest = "", tag }, at) => {
    if (kinds.includes("blob") || kinds.includes("manifest")) {
      held.add(`${registry}/${repository} ${digest}`);
    }
    if (!kinds.includes("tag") || at < past.length) return [];
    const needed = images.get(digest);
    if (needed === undefined)
      return [`${registry}: ${tag} points to ${digest}, which nobody built`];
    return registries
      .filter((one) => needed.some((part) => !held.has(`${one}/${repository} ${part}`)))
      .map((one) => `${registry}: ${tag} points to ${digest}, which ${one} has not whole`);
  });
}
