import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Rehearsal, rehearsal } from "../support/release.ts";
import { promote, wanting } from "./promotions.ts";
import { pushWithBelongings } from "./tree.ts";

const source = "at the source, 123456789012/us-east-1/team/app: ";
const two = { to: ["ap-south-1", "eu-west-1"].map((region) => ({ target: { region } })) };
let local: Rehearsal;
beforeEach(async () => {
  local = await rehearsal();
  await pushWithBelongings(local, ["1.4.0"]);
});
afterEach(() => local[Symbol.asyncDispose]());

describe("what goes wrong at the source", () => {
  const blobs = { method: "GET", path: "/v2/team/app/blobs/*" } as const;

  it.each([
    ["DENIED", 403, "ACCESS_DENIED", "ecr:GetDownloadUrlForLayer"],
    ["BLOB_UNKNOWN", 404, "NOT_FOUND", "another place"],
  ])("is told as its own and not as the targets': %s", async (code, status, ours, way) => {
    local.ecr.setFaults({ rules: [{ ...blobs, fault: "error", code, status }] });
    const error = await promote(wanting(two)).catch((caught) => caught);
    expect(error).toMatchObject({ code: ours });
    expect(error.message).toContain(`nothing was tagged: ${source}`);
    expect(error.message).not.toContain("eu-west-1");
    expect(error.suggestions.join("\n")).toContain(way);
    expect(error.suggestions.join("\n")).not.toContain("may push");
    local.ecr.setFaults(undefined);
    await promote(wanting(two));
  });

  it("is told with the registry that cannot be reached", async () => {
    local.ecr.setFaults({
      rules: [{ operation: "BatchGetImage", fault: "reset", when: "before" }],
    });
    await expect(promote(wanting(two))).rejects.toMatchObject({
      code: "AWS_UNREACHABLE",
      message: expect.stringContaining(source),
    });
  });
});

it("tells what goes wrong at a target as the target's", async () => {
  const rule = { method: "POST", path: "/v2/team/app/blobs/uploads/" } as const;
  local.ecr.setFaults({ rules: [{ ...rule, fault: "error", code: "DENIED", status: 403 }] });
  const error = await promote(wanting(two)).catch((caught) => caught);
  expect(error.message).toContain("2 of 2 targets did not get the image");
  expect(error.message).not.toContain("at the source");
});
