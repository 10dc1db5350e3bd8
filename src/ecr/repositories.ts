import {
  CreateRepositoryCommand,
  DeleteLifecyclePolicyCommand,
  DescribeRepositoriesCommand,
  GetLifecyclePolicyCommand,
  PutImageTagMutabilityCommand,
  PutLifecyclePolicyCommand,
  type Repository as SdkRepository,
} from "@aws-sdk/client-ecr";
import { everyPage } from "../aws/pages.ts";
import { ask, askMaybe } from "../aws/request.ts";
import { SlipwayError } from "../errors.ts";
import { questionAbout, type Session } from "./session.ts";
import type { Ecr, Mutability, NewRepository, Repository, RepositoryId } from "./types.ts";

const repositoryAbsent = "RepositoryNotFoundException";
/** Another release was first; to say so is as good as having made it. */
const alreadyThere = "RepositoryAlreadyExistsException";
const policyAbsent = "LifecyclePolicyNotFoundException";

type RepositoryQuestions = Pick<
  Ecr,
  | "repository"
  | "repositories"
  | "createRepository"
  | "putTagMutability"
  | "lifecyclePolicy"
  | "storedPolicy"
  | "putLifecyclePolicy"
  | "deleteLifecyclePolicy"
>;

/** What is asked about repositories, as `Ecr` in types.ts describes it. */
export function repositoryQuestions(session: Session): RepositoryQuestions {
  const { client, principal, signal } = session;
  const question = (action: string, id: RepositoryId) => questionAbout(action, id, principal);
  const find: Ecr["repository"] = async (id) => {
    const input = { registryId: id.registryId, repositoryNames: [id.name] };
    const answer = await askMaybe(
      { ...question("DescribeRepositories", id), absent: [repositoryAbsent] },
      signal,
      (options) => client.send(new DescribeRepositoriesCommand(input), options),
    );
    const [found] = answer?.repositories ?? [];
    return found && repositoryOf(found);
  };
  return {
    repository: find,
    repositories: (registryId) => describeAll(session, registryId),
    async createRepository(id, settings) {
      const answer = await askMaybe(
        { ...question("CreateRepository", id), absent: [alreadyThere] },
        signal,
        (options) => client.send(new CreateRepositoryCommand(creation(id, settings)), options),
      );
      const made = answer?.repository ? repositoryOf(answer.repository) : await find(id);
      if (!made) throw new SlipwayError("AWS_FAILED", "ECR made no repository");
      return made;
    },
    async putTagMutability(id, mutability, filters) {
      const input = { ...named(id), ...mutabilityOf(mutability, filters) };
      await ask(question("PutImageTagMutability", id), signal, (options) =>
        client.send(new PutImageTagMutabilityCommand(input), options),
      );
    },
    ...policyQuestions(session),
  };
}

function policyQuestions({ client, principal, signal }: Session) {
  const question = (action: string, id: RepositoryId) => questionAbout(action, id, principal);
  const stored: Ecr["storedPolicy"] = async (id) => {
    const answer = await askMaybe(
      { ...question("GetLifecyclePolicy", id), absent: [repositoryAbsent, policyAbsent] },
      signal,
      (options) => client.send(new GetLifecyclePolicyCommand(named(id)), options),
    );
    if (answer?.lifecyclePolicyText === undefined) return undefined;
    const lastEvaluatedAt = answer.lastEvaluatedAt?.getTime() ?? 0;
    // "Never" is told as the epoch (cloud-custodian/cloud-custodian#9036).
    return { text: answer.lifecyclePolicyText, ...(lastEvaluatedAt > 0 && { lastEvaluatedAt }) };
  };
  return {
    storedPolicy: stored,
    lifecyclePolicy: async (id: RepositoryId) => (await stored(id))?.text,
    async putLifecyclePolicy(id: RepositoryId, text: string) {
      const input = { ...named(id), lifecyclePolicyText: text };
      await ask(question("PutLifecyclePolicy", id), signal, (options) =>
        client.send(new PutLifecyclePolicyCommand(input), options),
      );
    },
    async deleteLifecyclePolicy(id: RepositoryId) {
      const asked = { ...question("DeleteLifecyclePolicy", id), absent: [policyAbsent] };
      await askMaybe(asked, signal, (options) =>
        client.send(new DeleteLifecyclePolicyCommand(named(id)), options),
      );
    },
  };
}

async function describeAll(
  { client, principal, signal }: Session,
  registryId: string | undefined,
): Promise<readonly Repository[]> {
  const question = {
    ...questionAbout("DescribeRepositories", { name: "*" }, principal),
    about: `* in ${principal.region}`,
  };
  return await everyPage(async (nextToken) => {
    const command = new DescribeRepositoriesCommand({ registryId, nextToken, maxResults: 1000 });
    const page = await ask(question, signal, (options) => client.send(command, options));
    return { items: (page.repositories ?? []).map(repositoryOf), next: page.nextToken };
  });
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

function mutabilityOf(mutability: Mutability, filters: readonly string[]) {
  return {
    imageTagMutability: mutability,
    ...(filters.length > 0 && {
      imageTagMutabilityExclusionFilters: filters.map((filter) => ({
        filterType: "WILDCARD" as const,
        filter,
      })),
    }),
  };
}

function creation({ name, registryId }: RepositoryId, settings: NewRepository) {
  const { mutability, mutabilityExclusions, scanOnPush, encryption, resourceTags } = settings;
  return {
    registryId,
    repositoryName: name,
    ...mutabilityOf(mutability, mutabilityExclusions),
    imageScanningConfiguration: { scanOnPush },
    encryptionConfiguration: {
      encryptionType: encryption.type,
      ...(encryption.kmsKey !== undefined && { kmsKey: encryption.kmsKey }),
    },
    tags: Object.entries(resourceTags).map(([Key, Value]) => ({ Key, Value })),
  };
}
