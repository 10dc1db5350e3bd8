import { type BuildSpec, makesIndex } from "../../docker/build-spec.ts";
import { isAttestation } from "../../oci/manifest.ts";
import { manifestIn, type Tree } from "../../oci/tree.ts";
import type {
  Consumer,
  Finding,
  GateSettings,
  GateSubject,
  Judgement,
} from "../../release/gate.ts";
import { plural } from "../../wording.ts";
import { type ConfiguredImage, readConfigs } from "../images.ts";
import type { GatePlace } from "../judge.ts";
import * as found from "./findings.ts";

/** How large an image may be for AWS Lambda, and from which size on that is looked at. */
export interface LambdaSize {
  /** All layers together, uncompressed. */
  readonly bytes: number;
  /** An image that would have to be compressed more than so many times is not read for it. */
  readonly ratio: number;
}

/**
 * 10 GB, all layers unpacked: lambda/latest/dg/images-create.html. gzip can compress 1032 : 1, which only an image below
 * 10 MB could not make use of; file systems are compressed 2 to 5 : 1. At 20 : 1 the layers of an image under 512 MiB are
 * never read, and what is missed is a fill of zeros.
 */
const lambdaSize: LambdaSize = { bytes: 10 * 1024 ** 3, ratio: 20 };

/**
 * Whether manifests and configs are such as each consumer takes. Layers are read, or known from before, only for AWS
 * Lambda and where the limit of their size is near. Throws what the source throws.
 */
export async function judgeConsumers(
  settings: GateSettings["consumer"],
  { image, spec }: GateSubject,
  place: Pick<GatePlace, "cacheDir" | "now">,
  limit = lambdaSize,
): Promise<Judgement> {
  if (image === undefined) return judgeSpec(settings, spec);
  const images = await readConfigs(image);
  const isForLambda = settings.for.includes("lambda");
  const tooLarge = isForLambda ? await tooLargeFor(limit, images, image, place) : [];
  const findings = settings.for.flatMap((consumer) => [
    ...(consumer === "lambda" ? [...lambdaRules(image.tree, images), ...tooLarge] : []),
    ...commonRules(consumer, images),
  ]);
  return { findings, summary: `${plural(images.length, "image")} for ${settings.for.join(", ")}` };
}

/** What Lambda refuses whatever comes of the build, told before it. */
function judgeSpec({ for: consumers }: GateSettings["consumer"], spec: BuildSpec): Judgement {
  const isRefused = consumers.includes("lambda") && makesIndex(spec);
  const { platforms: wanted, provenance, sbom } = spec;
  const isAttested = provenance !== "none" || sbom;
  const findings = isRefused ? [found.lambdaIndex("slipway.yaml", wanted.length, isAttested)] : [];
  return { findings, summary: `a build of ${wanted.join(", ")} for ${consumers.join(", ")}` };
}

/**
 * What each runs. Lambda: lambda/latest/dg/images-create.html ("only Linux-based"), foundation-arch.html. Fargate and
 * ECS: AmazonECS/latest/developerguide/fargate-tasks-services.html. EKS: eks/latest/userguide/windows-support.html.
 */
const platforms: Readonly<Record<Consumer, readonly string[]>> = {
  lambda: ["linux/amd64", "linux/arm64"],
  fargate: ["linux/amd64", "linux/arm64", "windows/amd64"],
  ecs: ["linux/amd64", "linux/arm64", "windows/amd64"],
  eks: ["linux/amd64", "linux/arm64", "windows/amd64"],
};

function commonRules(consumer: Consumer, images: readonly ConfiguredImage[]): Finding[] {
  const runs = (platform: string) =>
    platforms[consumer].some((one) => platform === one || platform.startsWith(`${one}/`));
  const names = images.map(({ platform }) => platform);
  return [
    ...(names.some(runs) ? [] : [found.platformUnsupported(consumer, names, platforms[consumer])]),
    ...images.flatMap(({ platform, config: { settings } }) => [
      ...(settings.entrypoint.length + settings.cmd.length === 0
        ? [found.commandMissing(consumer, platform)]
        : []),
      ...(["", "NONE"].includes(settings.healthcheck[0] ?? "")
        ? []
        : [found.healthcheckIgnored(consumer, platform)]),
    ]),
  ];
}

type Image = NonNullable<GateSubject["image"]>;

/** What is too large already as it is pulled needs no reading. */
async function tooLargeFor(
  { bytes: limit, ratio }: LambdaSize,
  images: readonly ConfiguredImage[],
  image: Image,
  place: Pick<GatePlace, "cacheDir" | "now">,
): Promise<Finding[]> {
  const packed = images.map(({ platform, stored, manifest }) => ({
    platform,
    digest: stored.digest,
    bytes: manifest.layers.reduce((sum, { size }) => sum + size, 0),
  }));
  const isDoubtful = ({ bytes }: { readonly bytes: number }) =>
    bytes <= limit && bytes * ratio > limit;
  const unpacked = packed.some(isDoubtful) ? await unpackedBytes(image, place) : new Map();
  return packed.flatMap((one) => {
    if (one.bytes > limit) return [found.tooLargePacked(one.platform, one.bytes)];
    const bytes = unpacked.get(one.digest) ?? 0;
    return isDoubtful(one) && bytes > limit ? [found.tooLarge(one.platform, bytes)] : [];
  });
}

/** Bytes of the tars of each image's layers, by the same reading as for the gates of size and contents. */
async function unpackedBytes(
  image: Image,
  place: Pick<GatePlace, "cacheDir" | "now">,
): Promise<ReadonlyMap<string, number>> {
  const { imageFacts } = await import("../layers/image.ts");
  const platforms = await imageFacts(image, place);
  return new Map(
    platforms.map(({ image: { digest }, layers }) => [
      digest,
      layers.reduce((sum, layer) => sum + layer.unpackedBytes, 0),
    ]),
  );
}

const gzipLayers: readonly string[] = [
  "application/vnd.oci.image.layer.v1.tar+gzip",
  "application/vnd.oci.image.layer.v1.tar",
  "application/vnd.docker.image.rootfs.diff.tar.gzip",
];

function lambdaRules(tree: Tree, images: readonly ConfiguredImage[]): Finding[] {
  const layers = new Map(
    images.flatMap(({ manifest }) => manifest.layers).map((layer) => [layer.digest, layer]),
  );
  return [
    ...lambdaIndex(tree),
    ...[...layers.values()]
      .filter(({ mediaType }) => !gzipLayers.includes(mediaType))
      .map(({ digest, mediaType }) => found.layerType(digest, mediaType)),
    ...images.flatMap(({ platform, config: { settings } }) => {
      const command = [...settings.entrypoint, ...settings.cmd].join(" ");
      return command === "" || runtimeClient.test(command) ? [] : [found.runtimeUnseen(platform)];
    }),
  ];
}

/** What AWS's base images, runtime interface clients and the web adapter are started by. */
const runtimeClient = /lambda|bootstrap|awslambdaric/i;

/** An attestation alone makes an index of an image. */
function lambdaIndex(tree: Tree): Finding[] {
  const { root } = tree;
  const parsed = manifestIn(tree, root);
  if (parsed?.kind !== "index") return [];
  const count = parsed.manifests.filter((entry) => !isAttestation(entry)).length;
  return [found.lambdaIndex(root, count, parsed.manifests.length > count)];
}
