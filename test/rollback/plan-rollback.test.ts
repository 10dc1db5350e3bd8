import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/oci/manifest.ts";
import {
  decideFloating,
  highestOfLine,
  isHeldBack,
  type WantedTag,
} from "../../src/release/planning/tags.ts";
import { compareVersions } from "../../src/release/planning/version.ts";
import { type ReadRecord, recordTypes } from "../../src/release/receipt-artifact.ts";
import { heldBelow } from "../../src/release/rolled-back.ts";
import type { RollbackFacts, RollbackRequest } from "../../src/rollback/facts.ts";
import { planRollback } from "../../src/rollback/plan-rollback.ts";
import { observed, request, type TargetWorld } from "../release/facts.ts";

const asked = request();
const at = "2026-11-21T10:00:00.000Z";

/** The record of a release that moved `latest` from an image, or of a rollback. */
function record(from: string, newerThan?: string): ReadRecord {
  const moved = [{ tag: "latest", from: digestOf(from) }];
  const repository = "123456789012/us-east-1/team/app";
  if (newerThan === undefined) return { type: recordTypes.receipt, repository, at, moved };
  return { type: recordTypes.rollback, repository, at, moved, newerThan };
}

interface Seen extends TargetWorld {
  readonly records?: readonly ReadRecord[];
  readonly missing?: readonly string[];
  readonly policy?: string;
}

/** Images are named as their version; `latest` is at `tagged`. */
function images(tagged: string, ...versions: readonly string[]) {
  return versions.map((version) => ({
    name: version,
    tags: version === tagged ? [version, "latest"] : [version],
  }));
}

function planned(targets: readonly Seen[], asks: Partial<RollbackRequest> = {}) {
  const facts = observed(asked, { targets }).targets.map(
    (target, index): RollbackFacts => ({
      target,
      records: targets[index]?.records ?? [],
      ...(targets[index]?.missing && { missing: targets[index].missing }),
      ...(targets[index]?.policy && { policy: targets[index].policy }),
    }),
  );
  return planRollback({ tag: "latest", receipts: [], ...asks }, asked, facts);
}

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
    [
      "rolled back before",
      [{ images: back, records: [record("1.5.1", "1.5.1")] }],
      {},
      ["ROLLED_BACK_ALREADY"],
    ],
    [
      "rolled back before, and its own receipt names another",
      [{ images: back, records: [record("1.5.1", "1.5.1"), record("1.3.0")] }],
      {},
      ["ROLLED_BACK_ALREADY"],
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
  ])("%s", (_, targets, asks, expected) => {
    expect(goal(targets, asks)).toEqual(expected);
  });

  it("holds the tag below all that is there, and below what it was held below before", () => {
    expect(planned([{ images: three, records: [record("1.5.0")] }]).newerThan).toBe("1.5.1");
    const held = { images: images("1.4.0", "1.3.0", "1.4.0"), records: [record("1.5.1", "1.5.1")] };
    expect(planned([held], { to: { version: "1.3.0" } }).newerThan).toBe("1.5.1");
  });
});

/** One repository with one tag, as releases and rollbacks leave it. */
interface Repository {
  readonly known: Set<string>;
  readonly records: Map<string, ReadRecord[]>;
  at: string | undefined;
}

const latest: WantedTag = { tag: "latest", kind: "floating", template: "latest" };

/** What observe, planner and settling do together: records are read only where the tag is not at the highest. */
function releaseInto(repository: Repository, version: string): void {
  const { known } = repository;
  if (decideFloating(latest, version, known, held(repository)).move) repository.at = version;
  known.add(version);
  const highest = highestOfLine(latest, known) as string;
  if (repository.at !== highest && !isHeldBack(highest, held(repository))) repository.at = highest;
}

function held({ at, known, records }: Repository): string | undefined {
  if (at === undefined || at === highestOfLine(latest, known)) return undefined;
  return heldBelow("latest", records.get(at) ?? []);
}

/** Answers with the version below which the tag must stay from now on. */
function rollBack(repository: Repository, version: string): string | undefined {
  const { known, records, at: from } = repository;
  if (from === undefined || !known.has(version)) return undefined;
  const seen = { images: images(from, ...known), records: records.get(from) ?? [] };
  const plan = planned([seen], { to: { version } });
  expect(plan.problems).toEqual([]);
  if (from !== version) {
    const left = record(from, plan.newerThan ?? undefined);
    records.set(version, [...(records.get(version) ?? []), left]);
  }
  repository.at = version;
  return [...known].sort(compareVersions).at(-1);
}

function expectNewer(below: string, repository: Repository, version: string): void {
  const before = repository.at;
  releaseInto(repository, version);
  if (repository.at === before) return;
  expect(compareVersions(repository.at ?? "", below)).toBeGreaterThan(0);
}

const version = fc.tuple(fc.nat(3), fc.nat(3)).map(([minor, patch]) => `1.${minor}.${patch}`);
const event = fc.record({ does: fc.constantFrom("release", "rollback"), version });

describe("a tag that was rolled back", () => {
  it("is moved by releases only to a version newer than all that it was ever held below", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 24 }), (events) => {
        const repository: Repository = { known: new Set(), records: new Map(), at: undefined };
        let below = "0.0.0";
        for (const { does, version: each } of events) {
          if (does === "release") expectNewer(below, repository, each);
          else below = rollBack(repository, each) ?? below;
        }
      }),
      { numRuns: 500 },
    );
  });

  it("is never moved by the re-run of any release, however often it was rolled back", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(version, { minLength: 2, maxLength: 8 }),
        fc.array(fc.nat(7), { minLength: 1, maxLength: 5 }),
        (versions, backs) => {
          const repository: Repository = { known: new Set(), records: new Map(), at: undefined };
          for (const each of versions) releaseInto(repository, each);
          for (const one of backs) rollBack(repository, versions[one % versions.length] as string);
          const { at: stays } = repository;
          for (const each of [...versions, ...versions.toReversed()]) releaseInto(repository, each);
          expect(repository.at).toBe(stays);
        },
      ),
    );
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
