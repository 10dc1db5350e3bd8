import { PutImageCommand, PutImageTagMutabilityCommand } from "@aws-sdk/client-ecr";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { operations } from "../../src/local/control/ecr-api.ts";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";
import {
  ecrClient,
  manifestOf,
  openRepository,
  type RepositoryClient,
  rawRequest,
} from "./registry.ts";

let ecr: LocalEcr;
let repository: RepositoryClient;
const failures: unknown[] = [];

beforeAll(async () => {
  ecr = await startLocalEcr({ onRequest: ({ error }) => error && failures.push(error) });
  repository = await openRepository(ecrClient(ecr), "team/app");
  await repository.pushImage("there", "1.0");
});
afterAll(() => ecr.close());

const signed =
  "AWS4-HMAC-SHA256 Credential=AKIA123456789012TEST/20260301/us-east-1/ecr/aws4_request, SignedHeaders=host, Signature=0";

/** Names that the operations know, with values that may or may not fit. */
const names = [
  "repositoryName",
  "repositoryNames",
  "registryId",
  "imageIds",
  "imageTag",
  "imageDigest",
  "imageManifest",
  "layerDigests",
  "lifecyclePolicyText",
  "imageTagMutability",
  "maxResults",
  "nextToken",
  "filter",
  "resourceArn",
  "tags",
  "policyText",
  "__proto__",
];
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom("team/app", "1.0", "../../x", "sha256:..", "AES256", "MUTABLE", 0, -1, 1e300),
  fc.array(fc.dictionary(fc.constantFrom("imageTag", "imageDigest", "Key"), fc.jsonValue()), {
    maxLength: 3,
  }),
);

test("any input of any operation is answered, and never with a fault of ours", async () => {
  const operation = fc.constantFrom(...Object.keys(operations));
  const input = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 6 });
  await fc.assert(
    fc.asyncProperty(operation, input, async (name, body) => {
      const response = await fetch(ecr.endpoint, {
        method: "POST",
        headers: {
          authorization: signed,
          "x-amz-target": `AmazonEC2ContainerRegistry_V20150921.${name}`,
        },
        body: JSON.stringify(body),
      });
      expect(response.status).toBeLessThan(500);
      await response.json();
    }),
    { numRuns: 600 },
  );
  expect(failures).toEqual([]);
});

test("any path of the data plane is answered, and never with a fault of ours", async () => {
  const part = fc.oneof(
    fc.constantFrom(
      "v2",
      "team",
      "app",
      "blobs",
      "uploads",
      "manifests",
      "tags",
      "list",
      "referrers",
    ),
    fc.constantFrom("..", ".", "", "%2e%2e", "%2f", "%", "%ff", "1.0", "sha256:", "_catalog"),
    fc.string({ unit: fc.constantFrom("a", "A", "/", ".", ":", "%", "-", "0", "?", "=") }),
  );
  const path = fc.array(part, { maxLength: 7 }).map((parts) => `/v2/${parts.join("/")}`);
  const method = fc.constantFrom("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS");
  await fc.assert(
    fc.asyncProperty(method, path, async (verb, target) => {
      const { headers } = repository;
      const { status } = await rawRequest(repository.base, { method: verb, path: target, headers });
      expect(status).toBeLessThan(500);
    }),
    { numRuns: 800 },
  );
  expect(failures).toEqual([]);
});

test("of many who want an immutable tag at once, one gets it", async () => {
  const client = ecrClient(ecr);
  const locked = await openRepository(client, "race");
  const config = await locked.pushBlob("{}");
  await client.send(
    new PutImageTagMutabilityCommand({ repositoryName: "race", imageTagMutability: "IMMUTABLE" }),
  );
  const manifests = Array.from({ length: 20 }, (_, at) =>
    manifestOf(config, [], { annotations: { at: String(at) } }),
  );
  const outcomes = await Promise.all(
    manifests.map(async (imageManifest, at) => {
      if (at % 2 === 0) return (await locked.putManifest(imageManifest, { reference: "1" })).ok;
      const put = new PutImageCommand({ repositoryName: "race", imageManifest, imageTag: "1" });
      return await client.send(put).then(
        () => true,
        () => false,
      );
    }),
  );
  expect(outcomes.filter(Boolean)).toHaveLength(1);
  const kept = await (await locked.fetch("/manifests/1")).text();
  expect(kept).toBe(manifests[outcomes.indexOf(true)]);
});
