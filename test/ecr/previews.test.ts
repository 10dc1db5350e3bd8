import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { openEcr } from "../../src/ecr/client.ts";
import type { PreviewedImage } from "../../src/ecr/types.ts";

type Answer = object | { readonly error: string };

/** An endpoint that gives each operation's answers one after the other, the last again and again. */
async function previewOf(
  script: Readonly<Record<string, readonly Answer[]>>,
  text = "{}",
): Promise<{ readonly asked: readonly string[]; readonly images: readonly PreviewedImage[] }> {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const operation = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
    const chunks = await request.toArray();
    const { nextToken } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    asked.push(nextToken === undefined ? operation : `${operation} ${nextToken}`);
    const answers = script[operation] ?? [];
    const turn = asked.filter((one) => one.startsWith(operation)).length;
    const answer = answers[Math.min(turn, answers.length) - 1] ?? { error: "Missing" };
    const isError = "error" in answer;
    response.writeHead(isError ? 400 : 200, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify(isError ? { __type: answer.error, message: "no" } : answer));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const before = { ...process.env };
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_ECR: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_ACCESS_KEY_ID: "AKIA123456789012TEST",
    AWS_SECRET_ACCESS_KEY: "none",
  });
  try {
    const ecr = openEcr({ region: "eu-west-1" });
    return { asked, images: await ecr.previewLifecyclePolicy({ name: "app" }, text) };
  } finally {
    process.env = before;
    server.closeAllConnections();
    server.close();
  }
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
