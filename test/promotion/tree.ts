import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import {
  type Descriptor,
  ecrClient,
  manifestOf,
  type RepositoryClient,
  repositoryClient,
  sha256,
} from "../local/registry.ts";
import { type Content, makeImage } from "../support/layout.ts";
import type { Rehearsal } from "../support/release.ts";

/** An image of buildx with all that may belong to one, and where each part has its digest. */
export interface Belongings {
  readonly image: Content;
  readonly root: string;
  readonly signature: string;
  /** Signs one platform alone, as `cosign sign --recursive` does. */
  readonly childSignature: string;
  readonly sbom: string;
  readonly sbomSignature: string;
  /** What cosign tagged with the image's digest before OCI 1.1. */
  readonly companion: { readonly tag: string; readonly digest: string };
}

export interface PlaceOptions {
  readonly account?: string;
  readonly region?: string;
  readonly name?: string;
}

/** Pushes the image under these tags, without any client of ours. */
export async function pushWithBelongings(
  { ecr }: Pick<Rehearsal, "ecr">,
  tags: readonly string[],
  { name = "team/app", seed = "image", ...of }: PlaceOptions & { readonly seed?: string } = {},
): Promise<Belongings> {
  const image = makeImage({ layers: [200_000, 3000], attestations: true, seed });
  const repository = await push({ ecr }, tags, image, { name, ...of });
  const { root } = image;
  const index = JSON.parse(bytesOf(image, root.digest));
  const artifact = async (what: string, subject: object) => {
    const body = await artifactOf(repository, `${what} of ${seed}`, { subject });
    return await put(repository, body);
  };
  const own = { mediaType: root.mediaType, digest: root.digest, size: root.size };
  const { platform: _, ...child } = index.manifests[0];
  const sbom = await artifact("sbom", own);
  const tag = `${root.digest.replace(":", "-")}.sig`;
  const companion = await artifactOf(repository, `companion of ${seed}`);
  await put(repository, companion, undefined, tag);
  return {
    ...{ image, root: root.digest, sbom: sbom.digest },
    signature: (await artifact("signature", own)).digest,
    childSignature: (await artifact("child's signature", child)).digest,
    sbomSignature: (await artifact("sbom's signature", sbom)).digest,
    companion: { tag, digest: sha256(companion) },
  };
}

/** Pushes what refers to an image that is there already, as a signature that comes late; answers with its digest. */
export async function pushReferrer(
  { ecr }: Pick<Rehearsal, "ecr">,
  what: string,
  { digest, mediaType, size }: Descriptor,
): Promise<string> {
  const repository = await openAt(ecrClient(ecr), "team/app");
  const subject = { mediaType, digest, size };
  return (await put(repository, await artifactOf(repository, what, { subject }))).digest;
}

/** Pushes an image alone, and answers with the repository it is in. */
export async function push(
  { ecr }: Pick<Rehearsal, "ecr">,
  tags: readonly string[],
  image: Content,
  { name = "team/app", ...of }: PlaceOptions = {},
): Promise<RepositoryClient> {
  const repository = await openAt(ecrClient(ecr, of), name);
  await pushContent(repository, image);
  const { root } = image;
  for (const tag of tags) await put(repository, bytesOf(image, root.digest), root.mediaType, tag);
  return repository;
}

async function openAt(client: ReturnType<typeof ecrClient>, name: string) {
  await client.send(new CreateRepositoryCommand({ repositoryName: name })).catch(() => {});
  return await repositoryClient(client, name);
}

async function artifactOf(repository: RepositoryClient, what: string, more: object = {}) {
  const config = await repository.pushBlob("{}");
  const layers = [await repository.pushBlob(what)];
  return manifestOf(config, layers, { artifactType: "application/vnd.example", ...more });
}

async function put(
  repository: RepositoryClient,
  body: string,
  type?: string,
  reference?: string,
): Promise<Descriptor> {
  const options = { ...(type && { type }), ...(reference && { reference }) };
  const answer = await repository.putManifest(body, options);
  if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
  const mediaType = JSON.parse(body).mediaType;
  return { mediaType, digest: sha256(body), size: Buffer.byteLength(body) };
}

/** Children stand before their index in `blobs`, as they were made. */
async function pushContent(repository: RepositoryClient, { blobs }: Content): Promise<void> {
  const manifests: string[] = [];
  for (const bytes of blobs.values()) {
    const text = bytes.toString("utf8");
    if (text.includes('"schemaVersion"')) manifests.push(text);
    else await repository.pushBlob(bytes);
  }
  for (const text of manifests) await put(repository, text, JSON.parse(text).mediaType);
}

function bytesOf({ blobs }: Content, digest: string): string {
  return (blobs.get(digest as Parameters<typeof blobs.get>[0]) ?? Buffer.of()).toString("utf8");
}
