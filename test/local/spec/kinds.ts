import { indexOf, manifestOf, ociManifest } from "../registry.ts";
import { type Algorithm, type Descriptor, describe, unique } from "./case.ts";

/** Content of one kind, as the official suite makes it: blobs, then manifests in the order of their push. */
export interface Kind {
  readonly name: string;
  /** The row of the local ECR's README that says why ECR's way refuses it. */
  readonly differs?: string;
  readonly algorithm?: Algorithm;
  readonly make: () => Content;
}

export interface Content {
  readonly blobs: readonly (string | Uint8Array)[];
  readonly manifests: readonly string[];
  /** Of the last manifest. Only a digest of SHA-256 can be pushed under a tag. */
  readonly tag?: string;
}

const example = "application/vnd.example.oci.conformance.v1";
const empty = describe("{}", "application/vnd.oci.empty.v1+json");
const layerType = "application/vnd.oci.image.layer.v1.tar+gzip";
const absent: Descriptor = describe("missing content", ociManifest);

interface Made {
  readonly blobs: (string | Uint8Array)[];
  readonly bytes: string;
}

function image(
  more: object = {},
  { layers = 2, algorithm = "sha256" as Algorithm, data = false } = {},
): Made {
  const config = `{"architecture":"amd64","os":"linux","of":"${crypto.randomUUID()}"}`;
  const contents = Array.from({ length: layers }, () => unique(300));
  const told = (content: string | Uint8Array, type: string) => ({
    ...describe(content, type, algorithm),
    ...(data && { data: Buffer.from(content).toString("base64") }),
  });
  const descriptors = contents.map((content) => told(content, layerType));
  const configType = "application/vnd.oci.image.config.v1+json";
  const bytes = manifestOf(told(config, configType), descriptors, more);
  return { blobs: [config, ...contents], bytes };
}

function artifact(more: object = {}): Made {
  const blob = unique(300);
  const annotations = { "org.example.unique": crypto.randomUUID() };
  const fields = { artifactType: example, annotations, ...more };
  return { blobs: ["{}", blob], bytes: manifestOf(empty, [describe(blob, example)], fields) };
}

function listed(
  children: readonly Made[],
  more: object = {},
  algorithm: Algorithm = "sha256",
): string {
  const entries = children.map(({ bytes }, at) => ({
    ...describe(bytes, ociManifest, algorithm),
    platform: { os: "linux", architecture: at === 0 ? "amd64" : "arm64" },
  }));
  return indexOf(entries, more);
}

function contentOf(made: readonly Made[], ...last: string[]): Content {
  const manifests = [...made.map(({ bytes }) => bytes), ...last];
  return { blobs: made.flatMap(({ blobs }) => blobs), manifests, tag: "kind" };
}

function index(more: object = {}, make: () => Made = image): Content {
  const children = [make(), make()];
  return contentOf(children, listed(children, more));
}

const oddFields = { "org.example.odd": { deep: [1, null] } };

export const kinds: Kind[] = [
  { name: "an image", make: () => contentOf([image()]) },
  { name: "an image without layers", make: () => contentOf([image({}, { layers: 0 })]) },
  {
    name: "an image with a manifest of almost 4 MiB",
    make() {
      const many = Array.from({ length: 390 }, (_, at) => [`large-${at}`, "A".repeat(10_000)]);
      return contentOf([image({ annotations: Object.fromEntries(many) })]);
    },
  },
  {
    name: "an image with its content in data fields",
    make: () => contentOf([image({}, { data: true })]),
  },
  {
    name: "an image with layers that are not distributed",
    make() {
      const kept = describe(
        unique(64),
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
      );
      const config = `{"of":"${crypto.randomUUID()}"}`;
      const layers = [{ ...kept, urls: ["https://store.example.com/layer"] }];
      const bytes = manifestOf(
        describe(config, "application/vnd.oci.image.config.v1+json"),
        layers,
      );
      return contentOf([{ blobs: [config], bytes }]);
    },
  },
  { name: "an image with fields of its own", make: () => contentOf([image(oddFields)]) },
  { name: "an index", make: () => index() },
  { name: "an index with fields of its own", make: () => index(oddFields, () => image(oddFields)) },
  {
    name: "an empty index",
    make: () => contentOf([], indexOf([], { annotations: { of: crypto.randomUUID() } })),
  },
  {
    name: "an index of indexes",
    make() {
      const children = [image(), image()];
      const inner = children.map((child) => listed([child]));
      const outer = inner.map((bytes) =>
        describe(bytes, "application/vnd.oci.image.index.v1+json"),
      );
      return contentOf(children, ...inner, indexOf(outer));
    },
  },
  { name: "an artifact", make: () => contentOf([artifact()]) },
  {
    name: "an artifact without layers of its own",
    make() {
      const annotations = { of: crypto.randomUUID() };
      const bytes = manifestOf(empty, [empty], { artifactType: example, annotations });
      return contentOf([{ blobs: ["{}"], bytes }]);
    },
  },
  { name: "an index of artifacts", make: () => index({ artifactType: example }, artifact) },
  {
    name: "an image with referrers",
    make() {
      const subject = image();
      const told = { subject: describe(subject.bytes, ociManifest) };
      const other = { ...told, artifactType: "application/vnd.example.oci.conformance.v2" };
      return contentOf([subject, image(told), artifact(told), artifact(other)]);
    },
  },
  {
    name: "an index whose subject is an index",
    make() {
      const { blobs, manifests } = index();
      const subject = describe(manifests.at(-1) ?? "", "application/vnd.oci.image.index.v1+json");
      const more = index({ artifactType: example, subject }, artifact);
      const all = {
        blobs: [...blobs, ...more.blobs],
        manifests: [...manifests, ...more.manifests],
      };
      return { ...all, tag: "kind" };
    },
  },
  {
    name: "an artifact whose subject is not there",
    make: () => contentOf([artifact({ subject: absent })]),
  },
  {
    name: "an image of which a layer is not there",
    differs: "layers of an image",
    make() {
      const { blobs, bytes } = image();
      return contentOf([{ blobs: blobs.slice(0, -1), bytes }]);
    },
  },
  {
    name: "an index of which a child is not there",
    differs: "children of an index",
    make() {
      const here = image();
      return contentOf([here], listed([here, { blobs: [], bytes: image().bytes }]));
    },
  },
  {
    name: "an index and images by SHA-512",
    algorithm: "sha512",
    make() {
      const children = [image({}, { algorithm: "sha512" }), image({}, { algorithm: "sha512" })];
      const { blobs, manifests } = contentOf(children, listed(children, {}, "sha512"));
      return { blobs, manifests };
    },
  },
];
