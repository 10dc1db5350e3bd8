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

describe("a target that the tag never left", () => {
  const bad = { images: images("1.5.1", "1.4.0", "1.5.1"), records: [record("1.4.0")] };
  const never = (records = [record("1.3.0")]) => ({
    ...{ region: "eu-west-1", images: images("1.4.0", "1.3.0", "1.4.0"), records },
  });
  const holds = (...plan: Parameters<typeof planned>) =>
    planned(...plan).targets.map(({ toHoldBelow }) => toHoldBelow);
  const to = { version: "1.4.0" };

  it("is held as those that it goes back at, where it is not yet", () => {
    expect(holds([bad, never()], { to })).toEqual([undefined, "1.5.1"]);
    expect(holds([bad, never([record("1.5.0", "1.5.0")])], { to })).toEqual([undefined, "1.5.1"]);
    expect(holds([bad, never([record("1.5.1", "1.5.1")])], { to })).toEqual([undefined, undefined]);
  });

  it("is held by the next rollback too, when the first one died", () => {
    const seen = [{ images: back, records: [record("1.5.1", "1.5.1")] }, never()];
    expect(holds(seen)).toEqual([undefined, "1.5.1"]);
    expect(holds(seen, { to })).toEqual([undefined, "1.5.1"]);
    const more = { images: images("1.4.0", "1.4.0", "1.5.1", "1.6.0") };
    expect(holds([{ ...seen[0], ...more }, never()])).toEqual([undefined, "1.5.1"]);
  });

  it("is not held where nothing is, nor at the version that the tag goes forward to", () => {
    expect(holds([{ images: back }, never()], { to })).toEqual([undefined, undefined]);
    const forward = { region: "eu-west-1", images: images("1.5.1", "1.4.0", "1.5.1") };
    expect(
      holds([{ images: back, records: [record("1.5.1", "1.5.1")] }, forward], {
        to: { version: "1.5.1" },
      }),
    ).toEqual([undefined, undefined]);
  });

  it("is said to be held there when it is, and to which version all can go when nobody knows", () => {
    const own = record("1.4.0", "1.5.1");
    const [target] = planned([never([own])]).targets;
    expect(target?.because).toBe("held there already, 2026-11-21 10:00 UTC");
    expect(planned([bad, never([])]).problems.map(({ remedy }) => remedy)).toContain(
      "name the version, --to VERSION: 1.4.0",
    );
  });
});
