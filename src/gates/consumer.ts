import { isAttestation, parseManifest } from "../oci/manifest.ts";
import type { Tree } from "../oci/tree.ts";
import type { Consumer, Finding, GateSettings, GateSubject, Judgement } from "../release/gate.ts";
import * as found from "./consumer-findings.ts";
import { type ConfiguredImage, readConfigs } from "./images.ts";

/** Whether manifests and configs are such as each consumer takes; no layer is read. Throws what the source throws. */
export async function judgeConsumers(
  settings: GateSettings["consumer"],
  { image }: GateSubject,
): Promise<Judgement> {
  if (image === undefined) throw new Error("the consumer gate has no image to look at");
  const images = await readConfigs(image);
  const findings = settings.for.flatMap((consumer) => [
    ...(consumer === "lambda" ? lambdaRules(image.tree, images) : []),
    ...commonRules(consumer, images),
  ]);
  return { findings, summary: `${images.length} images for ${settings.for.join(", ")}` };
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

/** 10 GB, all layers unpacked: lambda/latest/dg/images-create.html. Packed they are smaller, so this is the least that is wrong. */
const lambdaBytes = 10 * 1024 ** 3;

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
    ...images.flatMap(({ platform, manifest, config: { settings } }) => {
      const bytes = manifest.layers.reduce((sum, { size }) => sum + size, 0);
      const command = [...settings.entrypoint, ...settings.cmd].join(" ");
      return [
        ...(bytes > lambdaBytes ? [found.tooLarge(platform, bytes)] : []),
        ...(command === "" || runtimeClient.test(command) ? [] : [found.runtimeUnseen(platform)]),
      ];
    }),
  ];
}

/** What AWS's base images, runtime interface clients and the web adapter are started by. */
const runtimeClient = /lambda|bootstrap|awslambdaric/i;

/** An attestation alone makes an index of an image. */
function lambdaIndex({ nodes, root }: Tree): Finding[] {
  const top = nodes.find(({ manifest }) => manifest.digest === root)?.manifest;
  const parsed = top && parseManifest(top.bytes, top.mediaType);
  if (parsed?.kind !== "index") return [];
  const count = parsed.manifests.filter((entry) => !isAttestation(entry)).length;
  return [found.lambdaIndex(root, count, parsed.manifests.length > count)];
}
