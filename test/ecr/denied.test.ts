import { afterEach, expect, test, vi } from "vitest";
import { repositoryArn } from "../../src/ecr/arn.ts";
import { openEcr } from "../../src/ecr/client.ts";
import type { Ecr } from "../../src/ecr/types.ts";
import { startLocalEcr } from "../../src/local/server.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

const id = { name: "team/app", registryId: "123456789012" };
const arn = "arn:aws:ecr:eu-west-1:123456789012:repository/team/app";
const manifest = { digest: `sha256:${"0".repeat(64)}`, text: "{}", mediaType: "" } as const;

test.each<[string, string, (ecr: Ecr) => Promise<unknown>]>([
  ["GetAuthorizationToken", "*", (ecr) => ecr.token()],
  ["DescribeRepositories", arn, (ecr) => ecr.repository(id)],
  ["DescribeImages", arn, (ecr) => ecr.taggedImages(id)],
  ["BatchGetImage", arn, (ecr) => ecr.manifests(id, [{ tag: "1.0.0" }])],
  ["PutImage", arn, (ecr) => ecr.tag(id, "1.0.0", manifest)],
  ["GetLifecyclePolicy", arn, (ecr) => ecr.lifecyclePolicy(id)],
  ["PutLifecyclePolicy", arn, (ecr) => ecr.putLifecyclePolicy(id, "{}")],
  [
    "DescribeImages",
    arn.replace("123456789012", "*"),
    (ecr) => ecr.taggedImages({ name: id.name }),
  ],
])("a denied %s says what to allow: %s", async (action, resource, ask) => {
  await using local = await startLocalEcr({ deny: [action] });
  for (const [name, value] of Object.entries(local.env)) vi.stubEnv(name, value);
  const refused = await ask(openEcr({ region: "eu-west-1" })).catch((error) => error);
  expect(refused).toMatchObject({
    code: "ACCESS_DENIED",
    permission: { action: `ecr:${action}`, resource },
    suggestions: [expect.stringContaining(`allow ecr:${action} on ${resource}`)],
  });
});

test.each([
  ["eu-west-1", "aws"],
  ["cn-northwest-1", "aws-cn"],
  ["us-gov-east-1", "aws-us-gov"],
  ["eusc-de-east-1", "aws-eusc"],
  ["us-iso-east-1", "aws-iso"],
  ["us-isob-east-1", "aws-iso-b"],
])("%s is in the partition %s", (region, partition) => {
  expect(repositoryArn({ name: "a" }, region)).toBe(
    `arn:${partition}:ecr:${region}:*:repository/a`,
  );
});
