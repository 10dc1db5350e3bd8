import {
  GetLifecyclePolicyPreviewCommand,
  type GetLifecyclePolicyPreviewCommandInput,
  PutLifecyclePolicyCommand,
  StartLifecyclePolicyPreviewCommand,
} from "@aws-sdk/client-ecr";
import { afterEach, expect, test } from "vitest";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";
import {
  ecrClient,
  indexOf,
  ociIndex,
  openRepository,
  refusal,
  repositoryClient,
} from "./registry.ts";

const repositoryName = "team/app";
const day = 86_400_000;
let ecr: LocalEcr;
let client: ReturnType<typeof ecrClient>;
afterEach(() => ecr.close());

async function open(previewMs: number) {
  ecr = await startLocalEcr({ previewMs, now: () => new Date("2026-03-01T12:00:00Z") });
  client = ecrClient(ecr);
  return await openRepository(client, repositoryName);
}

const start = (lifecyclePolicyText?: string) =>
  client.send(
    new StartLifecyclePolicyPreviewCommand({
      repositoryName,
      ...(lifecyclePolicyText && { lifecyclePolicyText }),
    }),
  );
const get = (more: Partial<GetLifecyclePolicyPreviewCommandInput> = {}) =>
  client.send(new GetLifecyclePolicyPreviewCommand({ repositoryName, ...more }));

const policy = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      selection: {
        tagStatus: "tagged",
        tagPatternList: ["old*"],
        countType: "sinceImagePushed",
        countUnit: "days",
        countNumber: 5,
      },
      action: { type: "transition", targetStorageClass: "archive" },
    },
    {
      rulePriority: 2,
      selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 1 },
      action: { type: "expire" },
    },
  ],
});

test("a preview shows what the rules mark, children of an index too, in pages and filtered", async () => {
  const repository = await open(0);
  const old = await repository.pushImage("old", "old-1");
  const child = await repository.pushImage("child");
  ecr.advance(10 * day);
  const later = await repositoryClient(client, repositoryName);
  const index = indexOf([child]);
  await later.putManifest(index, { type: ociIndex, reference: "1.0" });
  ecr.advance(1000);
  await later.pushImage("new", "1.1");
  expect(await start(policy)).toMatchObject({ status: "IN_PROGRESS", lifecyclePolicyText: policy });
  const whole = await get();
  expect(whole).toMatchObject({ status: "COMPLETE", lifecyclePolicyText: policy });
  const shown = whole.previewResults?.map(({ imageTags, action, appliedRulePriority }) => [
    imageTags,
    action?.type,
    action?.targetStorageClass,
    appliedRulePriority,
  ]);
  expect(shown).toHaveLength(3);
  expect(shown).toContainEqual([["old-1"], "TRANSITION", "ARCHIVE", 1]);
  expect(shown).toContainEqual([[], "EXPIRE", undefined, 2]);
  const summary = {
    expiringImageTotalCount: 2,
    transitioningImageTotalCounts: [{ targetStorageClass: "ARCHIVE", imageTotalCount: 1 }],
  };
  expect(whole.summary).toEqual(summary);
  const first = await get({ maxResults: 2 });
  expect(first.previewResults).toHaveLength(2);
  expect(first.summary).toEqual(summary);
  const second = await get({ maxResults: 2, nextToken: first.nextToken });
  expect(second.previewResults).toHaveLength(1);
  expect(second.nextToken).toBeUndefined();
  const untagged = await get({ filter: { tagStatus: "UNTAGGED" } });
  expect(untagged.previewResults?.map(({ imageDigest }) => imageDigest)).toEqual([child.digest]);
  const named = await get({ imageIds: [{ imageDigest: old.digest }, { imageTag: "1.1" }] });
  expect(named.previewResults?.map(({ imageDigest }) => imageDigest)).toEqual([old.digest]);
  expect(await refusal(get({ imageIds: [{ imageTag: "1.0" }], maxResults: 5 }))).toMatch(
    /^InvalidParameterException: .*imageIds/,
  );
  expect(await refusal(get({ maxResults: 101 }))).toMatch(/^InvalidParameterException/);
});

test("a preview deletes nothing and stays as it was asked for", async () => {
  const repository = await open(0);
  await repository.pushImage("one", "1");
  await repository.pushImage("two", "2");
  await start(policy);
  await repository.fetch("/manifests/1", { method: "DELETE" });
  expect((await get()).previewResults).toHaveLength(1);
});

test("one preview is in progress at a time, and has no results yet", async () => {
  await open(60_000);
  expect(await refusal(get())).toBe(
    "LifecyclePolicyPreviewNotFoundException: There is no dry run for this repository",
  );
  await start(policy);
  expect(await get()).toMatchObject({ status: "IN_PROGRESS", previewResults: [] });
  expect(await refusal(start(policy))).toMatch(/^LifecyclePolicyPreviewInProgressException: /);
});

test("a preview without a policy is of the repository's own", async () => {
  await open(0);
  expect(await refusal(start())).toMatch(/^LifecyclePolicyNotFoundException: /);
  const lifecyclePolicyText = policy;
  await client.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }));
  expect((await start()).lifecyclePolicyText).toBe(policy);
  expect((await get()).summary).toEqual({ expiringImageTotalCount: 0 });
  expect(await refusal(start(policy.replace("expire", "expired")))).toMatch(
    /^InvalidParameterException: .*Lifecycle policy validation failure/,
  );
});
