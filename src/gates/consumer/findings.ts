import type { Consumer, Finding } from "../../release/gate.ts";
import { plural } from "../../wording.ts";

const lambdaPage = "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html";

/** "Lambda does not support functions that use multi-architecture container images" (images-create.html). */
export function lambdaIndex(root: string, platforms: number, isAttested: boolean): Finding {
  return {
    code: "LAMBDA_INDEX",
    level: "error",
    place: root,
    message: `an index of ${plural(platforms, "platform")}${isAttested ? " with attestations" : ""}`,
    reason: "AWS Lambda takes a single image and refuses an index when the function is made",
    repair:
      platforms > 1
        ? "one platform for each function: platforms: [linux/arm64], and attestations: {provenance: none}"
        : "attestations: {provenance: none} in slipway.yaml; without an attestation buildx makes no index",
    url: lambdaPage,
  };
}

export function layerType(digest: string, mediaType: string): Finding {
  const isZstd = mediaType.endsWith("zstd");
  return {
    code: isZstd ? "LAYER_ZSTD" : "LAYER_TYPE",
    level: "error",
    place: digest,
    message: isZstd ? "a layer that is compressed with zstd" : `a layer of type ${mediaType}`,
    reason: "AWS Lambda takes layers of tar and gzip alone",
    repair: "build the layers with gzip, and pull base images that have it",
    url: lambdaPage,
  };
}

export function tooLargePacked(platform: string, bytes: number): Finding {
  return tooLargeBy(platform, `${gibibytes(bytes)} of layers, and more when they are unpacked`);
}

export function tooLarge(platform: string, bytes: number): Finding {
  return tooLargeBy(platform, `${gibibytes(bytes)} when all layers are unpacked`);
}

function gibibytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(2)} GiB`;
}

function tooLargeBy(platform: string, message: string): Finding {
  return {
    code: "LAMBDA_TOO_LARGE",
    level: "error",
    place: platform,
    message,
    reason: "AWS Lambda takes images of up to 10 GB unpacked, all layers together",
    repair: "leave build tools behind in an earlier stage, and large data in S3 or EFS",
    url: lambdaPage,
  };
}

export function runtimeUnseen(platform: string): Finding {
  return {
    code: "LAMBDA_RUNTIME_UNSEEN",
    level: "info",
    place: platform,
    message: "neither ENTRYPOINT nor CMD names a runtime interface client",
    reason: "a function must speak Lambda's runtime API; it may still do so by itself",
    repair: "build on a Lambda base image, or start a runtime interface client",
    url: lambdaPage,
  };
}

export function platformUnsupported(
  consumer: Consumer,
  names: readonly string[],
  runs: readonly string[],
): Finding {
  return {
    code: "PLATFORM_UNSUPPORTED",
    level: "error",
    place: names.join(", ") || "the index",
    message: `nothing in it that ${consumer} runs`,
    reason: `${consumer} runs ${runs.join(", ")}`,
    repair: `platforms: [${runs[0]}] in slipway.yaml`,
  };
}

const commandFrom: Readonly<Record<Consumer, string>> = {
  lambda: "the function's image configuration",
  fargate: "the task definition",
  ecs: "the task definition",
  eks: "the pod",
};

export function commandMissing(consumer: Consumer, platform: string): Finding {
  return {
    code: "COMMAND_MISSING",
    level: "warning",
    place: platform,
    message: "the image has neither ENTRYPOINT nor CMD",
    reason: `it starts under ${consumer} only when ${commandFrom[consumer]} names a command`,
    repair: "ENTRYPOINT or CMD in the Dockerfile",
  };
}

/** AmazonECS/latest/APIReference/API_HealthCheck.html; Kubernetes and Lambda know no health check of an image at all. */
export function healthcheckIgnored(consumer: Consumer, platform: string): Finding {
  const isTask = consumer === "ecs" || consumer === "fargate";
  return {
    code: "HEALTHCHECK_IGNORED",
    level: "info",
    place: platform,
    message: `${consumer} does not look at the image's HEALTHCHECK`,
    reason: isTask
      ? "ECS runs only the health check of the container definition"
      : `${consumer} has its own way to know whether a container is well`,
    repair: isTask
      ? "healthCheck in the container definition, with the same command"
      : consumer === "eks"
        ? "a livenessProbe and a readinessProbe in the pod"
        : "nothing to do for a function; the check serves other places",
    ...(isTask && {
      url: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html",
    }),
  };
}
