import { expect, it } from "vitest";
import { images, planned, record } from "./planned.ts";

it("cites the last of the records that agree", () => {
  const later = { ...record("1.4.0"), at: "2026-11-22T10:00:00.000Z" };
  const records = [record("1.4.0"), later, record("1.4.0")];
  const plan = planned([{ images: images("1.5.1", "1.4.0", "1.5.1"), records }]);
  expect(plan.targets[0]?.because).toBe("by the receipt of 2026-11-22 10:00 UTC");
});
