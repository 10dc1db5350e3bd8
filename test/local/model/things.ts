import { indexOf, manifestOf, ociIndex, ociManifest, sha256 } from "../registry.ts";

/** What the random sequences push: few things, so that they meet again. */
export interface Thing {
  readonly bytes: string;
  readonly digest: string;
  readonly type: string;
  /** Names of what must be there first. */
  readonly blobs: readonly BlobName[];
  readonly children: readonly ThingName[];
  readonly subject?: ThingName;
}

export type BlobName = "empty" | "a" | "b";
export type ThingName = "a" | "b" | "index" | "nested" | "signature" | "statement";

export const blobs: Readonly<Record<BlobName, string>> = { empty: "{}", a: "first", b: "second" };

const described = (content: string, mediaType: string) => ({
  mediaType,
  digest: sha256(content),
  size: Buffer.byteLength(content),
});

function image(blob: "a" | "b", subject?: Thing, subjectName?: ThingName): Thing {
  const config = described(blobs.empty, "application/vnd.example.config");
  const layer = described(blobs[blob], "application/vnd.example.layer");
  const bytes = manifestOf(config, [layer], {
    ...(subject && { subject: described(subject.bytes, subject.type) }),
  });
  return {
    ...{ bytes, digest: sha256(bytes), type: ociManifest, blobs: ["empty", blob], children: [] },
    ...(subjectName && { subject: subjectName }),
  };
}

function index(...named: readonly (readonly [ThingName, Thing])[]): Thing {
  const bytes = indexOf(named.map(([, { bytes, type }]) => described(bytes, type)));
  const children = named.map(([name]) => name);
  return { bytes, digest: sha256(bytes), type: ociIndex, blobs: [], children };
}

const a = image("a");
const b = image("b");
const both = index(["a", a], ["b", b]);

export const things: Readonly<Record<ThingName, Thing>> = {
  a,
  b,
  index: both,
  nested: index(["index", both]),
  signature: image("a", a, "a"),
  statement: image("b", both, "index"),
};

export function nameOfDigest(digest: string): string {
  return Object.entries(things).find(([, thing]) => thing.digest === digest)?.[0] ?? digest;
}
