import { isAttestation, parseManifest } from "../oci/manifest.ts";
import type { Node, Tree } from "../oci/tree.ts";
import type { Consumer, Finding, GateSettings, GateSubject, Judgement } from "../release/gate.ts";

/** Whether the manifests are such as each consumer takes; nothing of the content is read. */
export function judgeConsumers(
  settings: GateSettings["consumer"],
  { image }: GateSubject,
): Judgement {
  if (image === undefined) throw new Error("the consumer gate has no image to look at");
  const findings = settings.for.flatMap((consumer) => rules[consumer](image.tree));
  const count = image.tree.nodes.length;
  return { findings, summary: `${count} manifests for ${settings.for.join(", ")}` };
}

const rules: Readonly<Record<Consumer, (tree: Tree) => Finding[]>> = {
  lambda: (tree) => [...indexForLambda(tree), ...zstdLayers(tree, "lambda")],
  fargate: () => [],
  ecs: () => [],
  eks: () => [],
};

/**
 * AWS Lambda takes one image for one architecture, and no index ("Lambda does not support multi-architecture
 * container images", lambda/latest/dg/images-create.html); an attestation alone makes an index of an image.
 */
function indexForLambda(tree: Tree): Finding[] {
  const root = rootOf(tree);
  const parsed = parseManifest(root.manifest.bytes, root.manifest.mediaType);
  if (parsed.kind === "image") return [];
  const platforms = parsed.manifests.filter((entry) => !isAttestation(entry)).length;
  const attested = parsed.manifests.length > platforms;
  const repair =
    platforms > 1
      ? "one platform for each function: platforms: [linux/arm64], and attestations: {provenance: none}"
      : "attestations: {provenance: none} in slipway.yaml; without an attestation buildx makes no index";
  return [
    {
      code: "LAMBDA_INDEX",
      level: "error",
      place: root.manifest.digest,
      message: `an index of ${platforms} platforms${attested ? " with attestations" : ""}`,
      reason: "AWS Lambda takes a single image and refuses an index when the function is made",
      repair,
      url: "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",
    },
  ];
}

function zstdLayers({ nodes }: Tree, consumer: string): Finding[] {
  const digests = nodes.flatMap(({ blobs }) =>
    blobs.flatMap(({ mediaType, digest }) => (mediaType.endsWith("+zstd") ? [digest] : [])),
  );
  return [...new Set(digests)].map((digest) => ({
    code: "LAYER_ZSTD",
    level: "error",
    place: digest,
    message: "a layer that is compressed with zstd",
    reason: `${consumer} unpacks gzip layers alone`,
    repair: "leave compression=zstd out of the build",
  }));
}

function rootOf({ nodes, root }: Tree): Node {
  const node = nodes.find(({ manifest }) => manifest.digest === root);
  if (node === undefined) throw new Error("a tree without its root");
  return node;
}
