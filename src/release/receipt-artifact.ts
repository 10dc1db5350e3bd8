import type { FoundManifest } from "../ecr/types.ts";
import { SlipwayError } from "../errors.ts";
import type { StoredManifest } from "../oci/content.ts";
import { type Descriptor, digestOf, mediaTypes } from "../oci/manifest.ts";
import { type Digest, isDigest } from "../oci/reference.ts";

/** The kinds of record that an image bears: what a release did, and what a rollback did. */
export const recordTypes = {
  receipt: "application/vnd.slipway.receipt.v1+json",
  rollback: "application/vnd.slipway.rollback.v1+json",
} as const;

export type RecordType = (typeof recordTypes)[keyof typeof recordTypes];

export function isRecordType(artifactType: string | undefined): artifactType is RecordType {
  return Object.values<string | undefined>(recordTypes).includes(artifactType);
}

/** A tag that came to the image which bears the record, and where it was before. */
export interface RecordedMove {
  readonly tag: string;
  readonly from: Digest;
}

export interface TagRecord {
  readonly type: RecordType;
  /** The repository that it tells of, `ACCOUNT/REGION/REPOSITORY`: copies of the image bear it elsewhere too. */
  readonly repository: string;
  /** When it happened, as ISO 8601. */
  readonly at: string;
  readonly moved: readonly RecordedMove[];
  /** Of a rollback: only a version newer than this one moves its tags again. */
  readonly newerThan?: string;
  /** The whole record, for people and audits; Slipway itself reads only what stands above. */
  readonly document: object;
}

/** What a registry says of a record without giving its document. */
export type ReadRecord = Omit<TagRecord, "document">;

const annotation = {
  at: "org.opencontainers.image.created",
  repository: "dev.slipway.repository",
  moved: "dev.slipway.tags.from",
  newerThan: "dev.slipway.tags.newer-than",
} as const;

const maxDocumentBytes = 1024 * 1024;

export interface RecordArtifact {
  readonly blob: Descriptor;
  readonly document: Buffer;
  readonly manifest: StoredManifest;
}

/**
 * A record as an artifact that refers to `subject` (OCI image specification 1.1, "Guidelines for artifact usage").
 * The one blob is config and layer, as in the specification's smallest artifact: one upload, not two. What must be
 * read quickly stands in annotations, which a list of referrers shows. Throws MANIFEST_INVALID over 1 MiB.
 */
export function recordArtifact(subject: FoundManifest, record: TagRecord): RecordArtifact {
  const { type, repository, at, moved, newerThan } = record;
  const document = Buffer.from(JSON.stringify(record.document));
  if (document.length > maxDocumentBytes) {
    throw new SlipwayError(
      "MANIFEST_INVALID",
      `the record has ${document.length} bytes, and ${maxDocumentBytes} are the most`,
    );
  }
  const blob = { mediaType: type, digest: digestOf(document), size: document.length };
  const { digest, mediaType, text } = subject;
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      artifactType: type,
      config: blob,
      layers: [blob],
      subject: { mediaType, digest, size: Buffer.byteLength(text) },
      annotations: {
        [annotation.at]: at,
        [annotation.repository]: repository,
        [annotation.moved]: JSON.stringify(
          Object.fromEntries(moved.map(({ tag, from }) => [tag, from])),
        ),
        ...(newerThan !== undefined && { [annotation.newerThan]: newerThan }),
      },
    }),
  );
  const manifest = { bytes, mediaType: mediaTypes.ociManifest, digest: digestOf(bytes) };
  return { blob, document, manifest };
}

/** A record read back from a list of referrers; `undefined` for what is none, or none that can be understood. */
export function readRecord(referrer: {
  readonly artifactType?: string;
  readonly annotations: Readonly<Record<string, string>>;
}): ReadRecord | undefined {
  const { artifactType, annotations } = referrer;
  const type = isRecordType(artifactType) ? artifactType : undefined;
  const { [annotation.repository]: repository, [annotation.at]: at } = annotations;
  const { [annotation.newerThan]: newerThan } = annotations;
  if (type === undefined || repository === undefined) return undefined;
  if (at === undefined || Number.isNaN(Date.parse(at))) return undefined;
  return {
    ...{ type, repository, at },
    moved: readMoves(annotations[annotation.moved]),
    ...(newerThan !== undefined && { newerThan }),
  };
}

function readMoves(text = "{}"): RecordedMove[] {
  try {
    return Object.entries(JSON.parse(text) ?? {}).flatMap(([tag, from]) =>
      typeof from === "string" && isDigest(from) ? [{ tag, from }] : [],
    );
  } catch {
    return [];
  }
}
