import { describe, expect, test } from "vitest";
import type { PreviewedImage } from "../../src/ecr/types.ts";
import { type Answer, scripted } from "./scripted.ts";

async function previewOf(
  script: Readonly<Record<string, readonly Answer[]>>,
  text = "{}",
): Promise<{ readonly asked: readonly string[]; readonly images: readonly PreviewedImage[] }> {
  const { asked, value } = await scripted(script, (ecr) =>
    ecr.previewLifecyclePolicy({ name: "app" }, text),
  );
  return { asked, images: value };
}

const started = { lifecyclePolicyText: "{}", status: "IN_PROGRESS" };
const complete = { lifecyclePolicyText: "{}", status: "COMPLETE", previewResults: [] };
const result = (imageDigest: string, type: string) => ({
  imageDigest,
  action: { type },
  appliedRulePriority: 7,
});

describe("previewLifecyclePolicy", () => {
  test("waits for another preview to end and for its own, and reads every page", async () => {
    const { asked, images } = await previewOf({
      StartLifecyclePolicyPreview: [
        { error: "LifecyclePolicyPreviewInProgressException" },
        started,
      ],
      GetLifecyclePolicyPreview: [
        { ...started },
        { ...complete, previewResults: [result("sha256:a", "EXPIRE")], nextToken: "more" },
        { ...complete, previewResults: [result("sha256:b", "TRANSITION")] },
      ],
    });
    expect(images).toEqual([
      { digest: "sha256:a", departure: "expires", rule: 7 },
      { digest: "sha256:b", departure: "archived", rule: 7 },
    ]);
    expect(asked).toEqual([
      "StartLifecyclePolicyPreview",
      "StartLifecyclePolicyPreview",
      "GetLifecyclePolicyPreview",
      "GetLifecyclePolicyPreview",
      "GetLifecyclePolicyPreview more",
    ]);
  });

  test.each([
    ["one that failed", [{ ...started, status: "FAILED" }], "ended as FAILED"],
    ["one that expired", [{ ...started, status: "EXPIRED" }], "ended as EXPIRED"],
    [
      "another policy's",
      [{ ...complete, lifecyclePolicyText: "[]" }],
      "is one of another policy now",
    ],
  ])("does not take %s for an answer", async (_name, answers, message) => {
    const script = {
      StartLifecyclePolicyPreview: [started],
      GetLifecyclePolicyPreview: answers,
    };
    await expect(previewOf(script)).rejects.toMatchObject({
      code: "AWS_FAILED",
      message: expect.stringContaining(message),
    });
  });

  test("says which permission is missing", async () => {
    const script = { StartLifecyclePolicyPreview: [{ error: "AccessDeniedException" }] };
    await expect(previewOf(script)).rejects.toMatchObject({
      code: "ACCESS_DENIED",
      message: expect.stringContaining("ecr:StartLifecyclePolicyPreview on app"),
    });
  });
});
