import { SlipwayError } from "../errors.ts";
import { imageStatus, type LifecycleImage } from "../lifecycle/image.ts";
import { type Loose, list, object } from "../loose.ts";

/**
 * The images in the output of `aws ecr describe-images`; what indexes list is not in it. `source` is only
 * the name that an error carries. Throws USAGE for anything else.
 */
export function readDescribedImages(text: string, source: string): readonly LifecycleImage[] {
  const document = parse(text, source);
  const { imageDetails, NextToken, nextToken } = document as Loose;
  if (!Array.isArray(imageDetails)) throw unreadable(source, "it has no list imageDetails");
  if (NextToken ?? nextToken) {
    throw unreadable(source, "it is one page of a list that goes on; leave --max-items out");
  }
  return imageDetails.map((detail: unknown, at) => imageOf(detail, `imageDetails[${at}]`, source));
}

function imageOf(detail: unknown, place: string, source: string): LifecycleImage {
  const found = object(detail);
  const { imageDigest, imageTags, imageSizeInBytes, subjectManifestDigest } = found;
  const pushedAt = timeOf(found.imagePushedAt);
  if (typeof imageDigest !== "string") throw unreadable(source, `${place} has no imageDigest`);
  if (pushedAt === undefined) throw unreadable(source, `${place} has no imagePushedAt`);
  const times = {
    pulledAt: timeOf(found.lastRecordedPullTime),
    archivedAt: timeOf(found.lastArchivedAt),
    activatedAt: timeOf(found.lastActivatedAt),
  };
  const known = Object.entries(times).filter(([, time]) => time !== undefined);
  return {
    digest: imageDigest,
    tags: list(imageTags).map(String),
    pushedAt,
    ...(Object.fromEntries(known) as Partial<Record<keyof typeof times, number>>),
    size: typeof imageSizeInBytes === "number" ? imageSizeInBytes : 0,
    status: imageStatus(found.imageStatus),
    children: [],
    ...(typeof subjectManifestDigest === "string" && { subject: subjectManifestDigest }),
  };
}

/** The AWS CLI writes ISO 8601, or seconds since 1970 (`cli_timestamp_format = wire`). */
function timeOf(value: unknown): number | undefined {
  if (typeof value === "number") return value * 1000;
  const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

function parse(text: string, source: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch (cause) {
    throw unreadable(source, `it is not JSON: ${(cause as Error).message}`, cause);
  }
  throw unreadable(source, "it is not an object");
}

function unreadable(source: string, why: string, cause?: unknown): SlipwayError {
  return new SlipwayError(
    "USAGE",
    `${source} is not the output of aws ecr describe-images: ${why}`,
    {
      suggestions: ["aws ecr describe-images --repository-name NAME > images.json"],
      cause,
    },
  );
}
