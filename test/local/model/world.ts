import {
  BatchDeleteImageCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeImagesCommand,
  type ECRClient,
  ListImageReferrersCommand,
  ListImagesCommand,
  PutImageCommand,
  PutImageTagMutabilityCommand,
} from "@aws-sdk/client-ecr";
import { type RepositoryClient, sha256 } from "../registry.ts";
import type { ImageName, Operation } from "./model.ts";
import { blobs, nameOfDigest, things } from "./things.ts";

/** The registry itself, spoken to by both planes. */
export interface World {
  readonly client: ECRClient;
  /** The data plane of a repository, whether there is one or not. */
  readonly plane: (repository: string) => RepositoryClient;
  /** The name that a repository of a sequence has in the registry. */
  readonly nameOf: (repository: string) => string;
}

type Doing<Name extends Operation["do"]> = Extract<Operation, { do: Name }>;

/** What the registry answers, in the test's words. */
export async function answerFrom(
  world: World,
  operation: Operation,
): Promise<string | readonly string[]> {
  try {
    return await ask(world, operation);
  } catch (error) {
    return (error as Error).name.replace(/Exception$/, "");
  }
}

function ask(world: World, operation: Operation): Promise<string | readonly string[]> {
  switch (operation.do) {
    case "create":
    case "destroy":
    case "lock":
    case "put-image":
      return change(world, operation);
    case "describe":
    case "list":
    case "list-referrers":
    case "batch-delete":
      return question(world, operation);
    default:
      return byDataPlane(world.plane(operation.repository), operation);
  }
}

async function change(
  { client, nameOf }: World,
  operation: Doing<"create" | "destroy" | "lock" | "put-image">,
): Promise<string> {
  const repositoryName = nameOf(operation.repository);
  switch (operation.do) {
    case "create":
      await client.send(new CreateRepositoryCommand({ repositoryName }));
      return "done";
    case "destroy":
      await client.send(new DeleteRepositoryCommand({ repositoryName, force: operation.force }));
      return "done";
    case "lock": {
      const imageTagMutability = operation.locked ? "IMMUTABLE" : "MUTABLE";
      const input = { repositoryName, imageTagMutability } as const;
      await client.send(new PutImageTagMutabilityCommand(input));
      return "done";
    }
    case "put-image": {
      const { bytes: imageManifest } = things[operation.thing];
      const input = { repositoryName, imageManifest, imageTag: operation.tag };
      await client.send(new PutImageCommand(input));
      return "done";
    }
  }
}

async function question(
  { client, nameOf }: World,
  operation: Doing<"describe" | "list" | "list-referrers" | "batch-delete">,
): Promise<readonly string[]> {
  const repositoryName = nameOf(operation.repository);
  switch (operation.do) {
    case "describe": {
      const { imageDetails = [] } = await client.send(
        new DescribeImagesCommand({ repositoryName }),
      );
      return imageDetails
        .map(
          ({ imageDigest = "", imageTags = [] }) =>
            `${nameOfDigest(imageDigest)} ${imageTags.toSorted()}`,
        )
        .sort();
    }
    case "list": {
      const { imageIds = [] } = await client.send(new ListImagesCommand({ repositoryName }));
      return imageIds
        .map(({ imageDigest = "", imageTag = "-" }) => `${nameOfDigest(imageDigest)} ${imageTag}`)
        .sort();
    }
    case "list-referrers": {
      const subjectId = { imageDigest: things[operation.thing].digest };
      const input = { repositoryName, subjectId };
      const { referrers = [] } = await client.send(new ListImageReferrersCommand(input));
      return referrers.map(({ digest = "" }) => nameOfDigest(digest)).sort();
    }
    case "batch-delete":
      return await batchDelete(client, repositoryName, operation.images);
  }
}

/** One id at a time is told apart from the others; a batch answers in two lists. */
async function batchDelete(
  client: ECRClient,
  repositoryName: string,
  images: readonly ImageName[],
): Promise<string[]> {
  const imageIds = images.map(({ thing, tag }) =>
    tag === undefined ? { imageDigest: thing && things[thing].digest } : { imageTag: tag },
  );
  const input = { repositoryName, imageIds };
  const { failures = [] } = await client.send(new BatchDeleteImageCommand(input));
  const left = [...failures];
  return imageIds.map((id) => {
    const at = left.findIndex(({ imageId }) => JSON.stringify(imageId) === JSON.stringify(id));
    return at < 0 ? "done" : (left.splice(at, 1)[0]?.failureCode ?? "");
  });
}

type ByDataPlane = Doing<
  "push-blob" | "head-blob" | "put" | "pull" | "head" | "delete" | "tags" | "referrers"
>;

async function byDataPlane(
  plane: RepositoryClient,
  operation: ByDataPlane,
): Promise<string | readonly string[]> {
  switch (operation.do) {
    case "push-blob":
      return await pushBlob(plane, blobs[operation.blob]);
    case "head-blob": {
      const path = `/blobs/${sha256(blobs[operation.blob])}`;
      const { status } = await plane.fetch(path, { method: "HEAD" });
      // HEAD cannot say which of the two is missing.
      return status === 200 ? "there" : ((await refusalOf(plane, path)) as string);
    }
    case "put": {
      const { bytes, type, digest } = things[operation.thing];
      const reference = operation.tag ?? digest;
      return await told(await plane.putManifest(bytes, { type, reference }));
    }
    case "tags": {
      const answer = await plane.fetch("/tags/list");
      return answer.ok ? ((await answer.json()) as { tags: string[] }).tags : await told(answer);
    }
    case "referrers": {
      const answer = await plane.fetch(`/referrers/${things[operation.thing].digest}`);
      if (!answer.ok) return await told(answer);
      const { manifests } = (await answer.json()) as { manifests: { digest: string }[] };
      return manifests.map(({ digest }) => nameOfDigest(digest)).sort();
    }
    default:
      return await withImage(plane, operation);
  }
}

async function withImage(
  plane: RepositoryClient,
  { do: what, image: { thing, tag } }: Doing<"pull" | "head" | "delete">,
): Promise<string> {
  const path = `/manifests/${tag ?? (thing && things[thing].digest)}`;
  if (what === "delete") return await told(await plane.fetch(path, { method: "DELETE" }));
  const answer = await plane.fetch(path, { method: what === "pull" ? "GET" : "HEAD" });
  if (!answer.ok) return await refusalOf(plane, path);
  const digest = answer.headers.get("docker-content-digest") ?? "";
  const body = await answer.text();
  if (body !== "" && sha256(body) !== digest) return `other bytes than those of ${digest}`;
  return nameOfDigest(digest);
}

async function pushBlob(plane: RepositoryClient, content: string): Promise<string> {
  const start = await plane.fetch("/blobs/uploads/", { method: "POST" });
  if (!start.ok) return await told(start);
  const where = `${start.headers.get("location")}?digest=${sha256(content)}`;
  return await told(await plane.fetch(where, { method: "PUT", body: content }));
}

async function refusalOf(plane: RepositoryClient, path: string): Promise<string> {
  return await told(await plane.fetch(path));
}

const meanings: Readonly<Record<string, string>> = {
  NAME_UNKNOWN: "RepositoryNotFound",
  MANIFEST_UNKNOWN: "ImageNotFound",
  BLOB_UNKNOWN: "BlobNotFound",
  TAG_INVALID: "ImageTagAlreadyExists",
  UNSUPPORTED: "ImageReferencedByManifestList",
};

async function told(answer: Response): Promise<string> {
  if (answer.ok) return "done";
  const { errors } = (await answer.json()) as { errors: [{ code: string; message: string }] };
  const [{ code, message }] = errors;
  if (code === "MANIFEST_BLOB_UNKNOWN") {
    return message.startsWith("Layers") ? "LayersNotFound" : "ReferencedImagesNotFound";
  }
  return meanings[code] ?? `${answer.status} ${code}`;
}
