import { describe, expect, it } from "vitest";
import { images, planned, record } from "./planned.ts";

const back = images("1.4.0", "1.4.0", "1.5.1");

describe("a second rollback in a row", () => {
  const seen = [{ images: back, records: [record("1.5.1", "1.5.1")] }];
  const codes = (...plan: Parameters<typeof planned>) =>
    planned(...plan).notes.map((note) => note.code);

  it("is done where ECR has locked the tag since", () => {
    const repository = { mutability: "IMMUTABLE" } as const;
    expect(planned(seen.map((one) => ({ ...one, repository }))).problems).toEqual([]);
  });

  it("has nothing to do, and says how to go elsewhere", () => {
    const plan = planned(seen);
    expect(plan.targets[0]?.because).toBe("rolled back already from 1.5.1, 2026-11-21 10:00 UTC");
    expect(plan.notes).toEqual([
      {
        code: "ROLLED_BACK_ALREADY",
        message: "latest was rolled back already, to 1.4.0",
        remedy:
          "further back, or forward again, to one of 1.5.1: slipway rollback latest --to VERSION",
      },
    ]);
  });

  it("says so only when it was not told where to, and all targets are there", () => {
    expect(codes(seen, { to: { version: "1.4.0" } })).toEqual([]);
    const other = { region: "eu-west-1", images: images("1.5.1", "1.4.0", "1.5.1") };
    expect(codes([...seen, other])).toEqual([]);
  });
});
