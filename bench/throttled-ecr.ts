import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What a registry of equal repositories answers, at so many requests a second and no more. */
export interface ThrottledEcr extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
  /** How many requests were answered since the start, refusals aside. */
  served(): number;
}

interface Size {
  readonly repositories: number;
  readonly images: number;
  readonly perSecond: number;
}

type Answer = readonly [status: number, body: object];

/**
 * A stand-in for ECR that reads lifecycle policies alone: to push a hundred thousand images into the local
 * ECR would take longer than what is measured. It throttles as a bucket of tokens that is full at the start.
 */
export async function startThrottledEcr(size: Size): Promise<ThrottledEcr> {
  const answer = answersOf(size);
  let tokens = size.perSecond;
  let filledAt = performance.now();
  let served = 0;
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString("utf8");
    const operation = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
    const now = performance.now();
    tokens = Math.min(size.perSecond, tokens + ((now - filledAt) / 1000) * size.perSecond);
    filledAt = now;
    const isLate = tokens < 1;
    if (!isLate) {
      tokens -= 1;
      served += 1;
    }
    const [status, content] = isLate ? throttled : answer(operation, JSON.parse(body));
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify(content));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    env: {
      AWS_ENDPOINT_URL_ECR: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: "AKIA123456789012TEST",
      AWS_SECRET_ACCESS_KEY: "none",
    },
    served: () => served,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}

const throttled: Answer = [400, { __type: "ThrottlingException", message: "Rate exceeded" }];
const noPolicy: Answer = [400, { __type: "LifecyclePolicyNotFoundException", message: "none" }];

function answersOf({ repositories, images }: Size) {
  const all = Array.from({ length: repositories }, (_, at) => ({
    repositoryName: `team/app-${String(at).padStart(6, "0")}`,
    registryId: "123456789012",
    repositoryUri: `123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app-${at}`,
  }));
  const imageDetails = Array.from({ length: images }, (_, at) => ({
    imageDigest: `sha256:${at.toString(16).padStart(64, "0")}`,
    imageTags: [at % 2 === 0 ? `v1.0.${at}` : `main-${at}`],
    imagePushedAt: 1_760_000_000 + at * 36_000,
    imageSizeInBytes: 50_000_000,
    imageStatus: "ACTIVE",
    imageManifestMediaType: "application/vnd.oci.image.manifest.v1+json",
  }));
  return (operation: string, { nextToken = "0" }: { readonly nextToken?: string }): Answer => {
    if (operation === "GetLifecyclePolicy") return noPolicy;
    if (operation === "DescribeImages") return [200, { imageDetails }];
    const from = Number(nextToken);
    const next = from + 1000;
    const more = next < all.length ? { nextToken: String(next) } : {};
    return [200, { repositories: all.slice(from, next), ...more }];
  };
}
