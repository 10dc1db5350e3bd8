import {
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  GetLifecyclePolicyCommand,
  PutLifecyclePolicyCommand,
  type Repository as SdkRepository,
} from "@aws-sdk/client-ecr";
import { SlipwayError } from "../errors.ts";
import { ask, askMaybe, inWords, type Session } from "./session.ts";
import type { Ecr, NewRepository, Repository, RepositoryId } from "./types.ts";

const repositoryAbsent = "RepositoryNotFoundException";
const policyAbsent = "LifecyclePolicyNotFoundException";

type RepositoryQuestions = Pick<
  Ecr,
  "repository" | "createRepository" | "lifecyclePolicy" | "putLifecyclePolicy"
>;

export function repositoryQuestions({ client, principal, signal }: Session): RepositoryQuestions {
  const question = (action: string, id: RepositoryId) => ({
    action: `ecr:${action}`,
    about: inWords(id, principal),
  });
  return {
    async repository(id) {
      const input = { registryId: id.registryId, repositoryNames: [id.name] };
      const answer = await askMaybe(
        { ...question("DescribeRepositories", id), absent: [repositoryAbsent] },
        signal,
        (options) => client.send(new DescribeRepositoriesCommand(input), options),
      );
      const [found] = answer?.repositories ?? [];
      return found && repositoryOf(found);
    },
    async createRepository(id, settings) {
      const { repository } = await ask(question("CreateRepository", id), signal, (options) =>
        client.send(new CreateRepositoryCommand(creation(id, settings)), options),
      );
      if (!repository) throw new SlipwayError("AWS_FAILED", "ECR made no repository");
      return repositoryOf(repository);
    },
    async lifecyclePolicy(id) {
      const answer = await askMaybe(
        { ...question("GetLifecyclePolicy", id), absent: [repositoryAbsent, policyAbsent] },
        signal,
        (options) => client.send(new GetLifecyclePolicyCommand(named(id)), options),
      );
      return answer?.lifecyclePolicyText;
    },
    async putLifecyclePolicy(id, text) {
      const input = { ...named(id), lifecyclePolicyText: text };
      await ask(question("PutLifecyclePolicy", id), signal, (options) =>
        client.send(new PutLifecyclePolicyCommand(input), options),
      );
    },
  };
}

function named({ name, registryId }: RepositoryId) {
  return { registryId, repositoryName: name };
}

function repositoryOf(found: SdkRepository): Repository {
  const { repositoryName, registryId, repositoryUri, imageTagMutability } = found;
  if (!repositoryName || !registryId || !repositoryUri) {
    throw new SlipwayError("AWS_FAILED", "ECR described a repository without its name or address");
  }
  return {
    name: repositoryName,
    registryId,
    uri: repositoryUri,
    mutability: imageTagMutability ?? "MUTABLE",
    mutabilityExclusions: (found.imageTagMutabilityExclusionFilters ?? []).flatMap(({ filter }) =>
      filter === undefined ? [] : [filter],
    ),
  };
}

function creation({ name, registryId }: RepositoryId, settings: NewRepository) {
  const { mutability, mutabilityExclusions, scanOnPush, encryption, resourceTags } = settings;
  return {
    registryId,
    repositoryName: name,
    imageTagMutability: mutability,
    ...(mutabilityExclusions.length > 0 && {
      imageTagMutabilityExclusionFilters: mutabilityExclusions.map((filter) => ({
        filterType: "WILDCARD" as const,
        filter,
      })),
    }),
    imageScanningConfiguration: { scanOnPush },
    encryptionConfiguration: {
      encryptionType: encryption.type,
      ...(encryption.kmsKey !== undefined && { kmsKey: encryption.kmsKey }),
    },
    tags: Object.entries(resourceTags).map(([Key, Value]) => ({ Key, Value })),
  };
}
