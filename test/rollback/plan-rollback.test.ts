import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/oci/manifest.ts";
import { recordTypes } from "../../src/release/receipt-artifact.ts";
import type { RollbackRequest } from "../../src/rollback/facts.ts";
import { images, planned, record, type Seen } from "./planned.ts";

function goal(targets: readonly Seen[], asks?: Partial<RollbackRequest>): string[] {
  const plan = planned(targets, asks);
  if (plan.problems.length > 0) return plan.problems.map(({ code }) => code);
  return plan.targets.map(({ to }) => to?.versions.at(-1) ?? to?.digest ?? "");
}

const three = images("1.5.1", "1.4.0", "1.5.0", "1.5.1");
const back = images("1.4.0", "1.4.0", "1.5.1");

describe("where a tag goes", () => {
  it.each<[string, readonly Seen[], Partial<RollbackRequest>, readonly string[]]>([
    ["by one receipt", [{ images: three, records: [record("1.5.0")] }], {}, ["1.5.0"]],
    [
      "by one that tells of another tag as well",
      [
        {
          images: three,
          records: [
            {
              ...record("1.5.0"),
              moved: [
                { tag: "1", from: digestOf("1.4.0") },
                { tag: "latest", from: digestOf("1.5.0") },
              ],
            },
          ],
        },
      ],
      {},
      ["1.5.0"],
    ],
    [
      "by two that agree",
      [{ images: three, records: [record("1.5.0"), record("1.5.0")] }],
      {},
      ["1.5.0"],
    ],
    [
      "by two that do not",
      [{ images: three, records: [record("1.5.0"), record("1.4.0")] }],
      {},
      ["PREDECESSOR_AMBIGUOUS"],
    ],
    ["a receipt that moved nothing", [{ images: three, records: [] }], {}, ["PREDECESSOR_UNKNOWN"]],
    [
      "a receipt from itself",
      [{ images: three, records: [record("1.5.1")] }],
      {},
      ["PREDECESSOR_UNKNOWN"],
    ],
    ["to a version", [{ images: three }], { to: { version: "1.4.0" } }, ["1.4.0"]],
    [
      "to a digest without a version",
      [{ images: three }],
      { to: { digest: digestOf("x") } },
      [digestOf("x")],
    ],
    ["rolled back before", [{ images: back, records: [record("1.5.1", "1.5.1")] }], {}, ["1.4.0"]],
    [
      "rolled back before, and its own receipt names another",
      [{ images: back, records: [record("1.3.0"), record("1.5.1", "1.5.1")] }],
      {},
      ["1.4.0"],
    ],
    [
      "rolled back before, and what it left was deleted",
      [{ images: images("1.4.0", "1.4.0"), records: [record("1.5.1", "1.5.1"), record("1.3.0")] }],
      {},
      ["1.4.0"],
    ],
    [
      "rolled back before, and a newer version came that has not moved it",
      [
        {
          images: images("1.4.0", "1.4.0", "1.5.1", "1.6.0"),
          records: [record("1.5.1", "1.5.1"), record("1.3.0")],
        },
      ],
      {},
      ["1.4.0"],
    ],
    [
      "rolled back before, with no version anywhere that says whether that was back",
      [
        {
          images: [
            { name: "a", tags: ["latest"] },
            { name: "b", tags: ["b"] },
          ],
          records: [{ ...record("b"), type: recordTypes.rollback }],
        },
      ],
      {},
      [digestOf("a")],
    ],
    [
      "moved by a promotion since it was rolled back to the same image, as another tag is now",
      [
        {
          images: back,
          records: [
            record("1.5.1", "1.5.1"),
            { ...record("1.5.1"), at: "2026-11-22T10:00:00.000Z" },
            {
              ...record("1.5.1", "1.5.1"),
              at: "2026-11-23T10:00:00.000Z",
              moved: [{ tag: "1", from: digestOf("1.5.1") }],
            },
          ],
        },
      ],
      {},
      ["1.5.1"],
    ],
    [
      "brought forward again by a rollback of the rollback",
      [{ images: three, records: [record("1.4.0"), record("1.4.0", "1.5.1")] }],
      {},
      ["1.4.0"],
    ],
    [
      "back at one target and not at the other",
      [
        { images: back, records: [record("1.5.1", "1.5.1")] },
        {
          region: "eu-west-1",
          images: images("1.5.1", "1.4.0", "1.5.1"),
          records: [record("1.4.0")],
        },
      ],
      {},
      ["1.4.0", "1.4.0"],
    ],
    [
      "back at one target, further than the receipt of the other says",
      [
        { images: images("1.3.0", "1.3.0", "1.4.0", "1.5.1"), records: [record("1.5.1", "1.5.1")] },
        {
          region: "eu-west-1",
          images: images("1.5.1", "1.3.0", "1.4.0", "1.5.1"),
          records: [record("1.4.0")],
        },
      ],
      {},
      ["1.3.0", "1.3.0"],
    ],
    [
      "back at one target, and at the other without a record of it",
      [
        { images: back, records: [record("1.5.1", "1.5.1")] },
        { region: "eu-west-1", images: back, records: [record("1.3.0")] },
      ],
      {},
      ["1.4.0", "1.4.0"],
    ],
    [
      "back at one target, and at the other where no rollback took it from",
      [
        { images: back, records: [record("1.5.1", "1.5.1"), record("1.3.0")] },
        { region: "eu-west-1", images: images("1.3.0", "1.3.0", "1.4.0", "1.5.1") },
      ],
      {},
      ["PREDECESSOR_UNKNOWN"],
    ],
    [
      "back at one target a second time, and at the other still where it was the first time",
      [
        {
          images: back,
          records: [
            record("1.5.1", "1.5.1"),
            { ...record("1.6.0", "1.6.0"), at: "2026-11-22T10:00:00.000Z" },
          ],
        },
        { region: "eu-west-1", images: images("1.5.1", "1.4.0", "1.5.1") },
      ],
      {},
      ["1.4.0", "1.4.0"],
    ],
    [
      "back at one target, at a version that has other attestations at the other",
      [
        { images: back, records: [record("1.5.1", "1.5.1")] },
        {
          region: "eu-west-1",
          images: [{ name: "1.4.0 anew", tags: ["1.4.0"] }, ...images("1.5.1", "1.5.1")],
        },
      ],
      {},
      ["1.4.0", "1.4.0"],
    ],
    [
      "back at two targets, and not to the same",
      [
        { images: back, records: [record("1.5.1", "1.5.1")] },
        {
          region: "eu-west-1",
          images: images("1.3.0", "1.3.0", "1.5.1"),
          records: [record("1.5.1", "1.5.1")],
        },
      ],
      {},
      ["PREDECESSOR_AMBIGUOUS"],
    ],
    [
      "targets whose receipts differ",
      [
        { images: three, records: [record("1.5.0")] },
        { region: "eu-west-1", images: three, records: [record("1.4.0")] },
      ],
      {},
      ["PREDECESSOR_AMBIGUOUS"],
    ],
    [
      "one target that does not know",
      [
        { images: three, records: [record("1.5.0")] },
        { region: "eu-west-1", images: three },
      ],
      {},
      ["PREDECESSOR_UNKNOWN"],
    ],
    [
      "an image that is not whole",
      [{ images: three, records: [record("1.5.0")], missing: [digestOf("layer")] }],
      {},
      ["IMAGE_INCOMPLETE"],
    ],
    [
      "an image in the archive",
      [
        {
          images: [
            { name: "1.4.0", tags: ["1.4.0"], status: "ARCHIVED" },
            ...images("1.5.1", "1.5.1"),
          ],
          records: [record("1.4.0")],
        },
      ],
      {},
      ["IMAGE_ARCHIVED"],
    ],
    [
      "a tag that ECR locks",
      [{ images: three, records: [record("1.5.0")], repository: { mutability: "IMMUTABLE" } }],
      {},
      ["FLOATING_TAG_LOCKED"],
    ],
    ["no repository", [{ repository: null }], {}, ["REPOSITORY_MISSING"]],
    ["a version's tag", [{ images: three }], { tag: "1.4.0" }, ["TAG_FIXED"]],
    ["a commit's tag", [{ images: three }], { tag: "sha-0123456789ab" }, ["TAG_FIXED"]],
    ["no tag", [{ images: three }], { tag: "edge", to: { version: "1.4.0" } }, ["TAG_MISSING"]],
  ])("%s", (_, targets, asks, expected) => {
    expect(goal(targets, asks)).toEqual(expected);
  });

  it("holds the tag below all that is there, and below what it was held below before", () => {
    expect(planned([{ images: three, records: [record("1.5.0")] }]).newerThan).toBe("1.5.1");
    const held = { images: images("1.4.0", "1.3.0", "1.4.0"), records: [record("1.5.1", "1.5.1")] };
    expect(planned([held], { to: { version: "1.3.0" } }).newerThan).toBe("1.5.1");
  });
});

describe("a lifecycle policy that may remove the record", () => {
  const rule = (tagStatus: string, limit: object, rulePriority = 1) => ({
    rulePriority,
    selection: { tagStatus, ...limit },
    action: { type: "expire" },
  });
  const count = { countType: "imageCountMoreThan", countNumber: 10 };
  const age = { countType: "sinceImagePushed", countUnit: "days", countNumber: 14 };
  const tagged = rule("tagged", { ...count, tagPatternList: ["*"] });

  it.each([
    [[rule("untagged", age)], "rule 1 of the lifecycle policy takes untagged images after 14 days"],
    [[tagged, rule("any", count, 2)], "rule 2 of the lifecycle policy keeps the newest 10 images"],
    [[tagged], undefined],
  ])("is named in a note, and no other: %j", (rules, said) => {
    const policy = JSON.stringify({ rules });
    const { notes } = planned([{ images: three, records: [record("1.5.0")], policy }]);
    const without = ": without its record a release of any version may move the tag again";
    const message = said && `${said}${without}`;
    expect(notes.map((note) => note.message)).toEqual(message === undefined ? [] : [message]);
    const already = planned([{ images: three, policy }], { to: { version: "1.5.1" } });
    expect(already.notes).toEqual([]);
  });
});
