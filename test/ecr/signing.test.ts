import { expect, test } from "vitest";
import { digestOf } from "../../src/oci/manifest.ts";
import { type Answer, scripted } from "./scripted.ts";

const digest = digestOf("an image");
const operation = "DescribeImageSigningStatus";
const signed = (...signingStatuses: readonly object[]) => ({ signingStatuses });
const going = { signingProfileArn: "one", status: "IN_PROGRESS" };
const done = { signingProfileArn: "one", status: "COMPLETE" };
const broken = {
  signingProfileArn: "two",
  status: "FAILED",
  failureCode: "AccessDenied",
  failureReason: "not allowed",
};

const waitFor = (...answers: readonly Answer[]) =>
  scripted({ [operation]: answers }, (ecr) => ecr.managedSigning({ name: "app" }, digest));

test("it is waited for until every profile has signed", async () => {
  const { asked, value } = await waitFor(
    signed(),
    signed(going, { ...done, signingProfileArn: "two" }),
    signed(done, { ...done, signingProfileArn: "two" }),
  );
  expect(asked).toEqual([operation, operation, operation]);
  expect(value).toEqual({ state: "signed" });
});

test("one that failed ends the wait, with ECR's reason", async () => {
  const { asked, value } = await waitFor(signed(going, broken));
  expect(asked).toHaveLength(1);
  const failures = [{ profile: "two", reason: "AccessDenied: not allowed" }];
  expect(value).toEqual({ state: "failed", failures });
});

test("what has no status for some seconds gets none", async () => {
  const { asked, value } = await waitFor(signed());
  expect(asked).toHaveLength(4);
  expect(value).toEqual({ state: "none" });
});

test("who may not ask is told which permission is missing", async () => {
  await expect(waitFor({ error: "AccessDeniedException" })).rejects.toMatchObject({
    code: "ACCESS_DENIED",
    permission: { action: "ecr:DescribeImageSigningStatus" },
  });
});
