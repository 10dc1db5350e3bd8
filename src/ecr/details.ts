import type { ImageDetail as SdkDetail } from "@aws-sdk/client-ecr";
import { SlipwayError } from "../errors.ts";
import { isIndexType, parseManifest } from "../oci/manifest.ts";
import { inChunks } from "../oci/parallel.ts";
import { type Digest, isDigest } from "../oci/reference.ts";
import { describeImages } from "./describe-images.ts";
import type { Session } from "./session.ts";
import type { Ecr, FoundManifest, ImageDetails } from "./types.ts";

const manifestsAtOnce = 100;

/** What lifecycle rules look at. `manifests` is the question of that name. */
export function detailQuestions(
  session: Session,
  { manifests }: Pick<Ecr, "manifests">,
): Pick<Ecr, "imageDetails"> {
  return {
    async imageDetails(id) {
      const filter = { imageStatus: "ANY" } as const; // else archived images are left out
      const described = await describeImages(session, id, filter, detailsOf);
      if (!described) return undefined;
      const children = await indexChildren(described, (digests) =>
        manifests(
          id,
          digests.map((digest) => ({ digest })),
        ),
      );
      return described.map(({ isIndex: _, ...image }) => ({
        ...image,
        children: children.get(image.digest) ?? [],
      }));
    },
  };
}

type Described = Omit<ImageDetails, "children"> & { readonly isIndex: boolean };

/** An archived index protects nothing, and its manifest cannot be read. */
async function indexChildren(
  described: readonly Described[],
  read: (digests: readonly Digest[]) => Promise<readonly FoundManifest[]>,
): Promise<ReadonlyMap<Digest, readonly Digest[]>> {
  const indexes = described.filter(({ isIndex, status }) => isIndex && status === "ACTIVE");
  const digests = indexes.map(({ digest }) => digest);
  const children = new Map<Digest, readonly Digest[]>();
  for (const some of inChunks(digests, manifestsAtOnce)) {
    for (const manifest of await read(some)) children.set(manifest.digest, childrenOf(manifest));
  }
  return children;
}

function detailsOf(detail: SdkDetail): readonly Described[] {
  const { imageDigest, imageTags, imagePushedAt, imageStatus, subjectManifestDigest } = detail;
  if (imageDigest === undefined || !isDigest(imageDigest) || !imagePushedAt) return [];
  const times = {
    pulledAt: detail.lastRecordedPullTime?.getTime(),
    archivedAt: detail.lastArchivedAt?.getTime(),
    activatedAt: detail.lastActivatedAt?.getTime(),
  };
  const known = Object.entries(times).filter(([, time]) => time !== undefined);
  return [
    {
      digest: imageDigest,
      tags: imageTags ?? [],
      pushedAt: imagePushedAt.getTime(),
      ...(Object.fromEntries(known) as Partial<Record<keyof typeof times, number>>),
      size: detail.imageSizeInBytes ?? 0,
      status: imageStatus ?? "ACTIVE",
      isIndex: isIndexType(detail.imageManifestMediaType ?? ""),
      ...(subjectManifestDigest !== undefined && { subject: subjectManifestDigest }),
    },
  ];
}

/** None for a manifest that cannot be read: ECR took it, and lifecycle rules do not read it. */
function childrenOf({ text, mediaType }: FoundManifest): readonly Digest[] {
  try {
    const manifest = parseManifest(text, mediaType);
    return manifest.kind === "index" ? manifest.manifests.map(({ digest }) => digest) : [];
  } catch (error) {
    if (error instanceof SlipwayError && error.code === "MANIFEST_INVALID") return [];
    throw error;
  }
}
