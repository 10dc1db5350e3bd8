import { afterEach, beforeEach, expect, test } from "vitest";
import { openEcr } from "../../src/ecr/client.ts";
import { hurriedLimits } from "../support/hurry.ts";
import { type Rehearsal, rehearsal } from "../support/release.ts";

let local: Rehearsal;
beforeEach(async () => {
  local = await rehearsal();
});
afterEach(() => local[Symbol.asyncDispose]());

test("a question that AWS throttles longer than the SDK tries is asked again, and each wait is told", async () => {
  // The SDK gives up after three tries of its own.
  local.ecr.setFaults({
    rules: [{ fault: "throttle", operation: "DescribeRepositories", times: 4 }],
  });
  const waits: string[] = [];
  const ecr = openEcr({ region: "us-east-1" }, undefined, undefined, {
    onWait: (why) => waits.push(why),
  });
  expect(await ecr.repositories()).toEqual([]);
  expect(waits).toEqual(["AWS says that the rate is exceeded"]);
});

test("a question is open from its first try to its last", async () => {
  const rules = [{ fault: "throttle", operation: "DescribeRepositories", times: 4 } as const];
  local.ecr.setFaults({ rules });
  const heard: string[] = [];
  const ecr = openEcr({ region: "us-east-1" }, undefined, undefined, {
    onWait: () => heard.push("waits"),
    onAsk: () => {
      heard.push("asked");
      return () => heard.push("answered");
    },
  });
  await ecr.repositories();
  expect(heard).toEqual(["asked", "waits", "answered"]);
});

test.each(["before", "answer"] as const)(
  "an answer that does not go on (%s) is not waited for without end",
  async (when) => {
    const silence = { fault: "stall", milliseconds: 3_600_000, when } as const;
    local.ecr.setFaults({ rules: [{ ...silence, operation: "DescribeRepositories", nth: 1 }] });
    using _ = hurriedLimits();
    const ecr = openEcr({ region: "us-east-1" }, undefined, undefined);
    expect(await ecr.repositories()).toEqual([]);
  },
);
