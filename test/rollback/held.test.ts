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
import type { ReadRecord } from "../../src/release/receipt-artifact.ts";
import { rolledBackTags } from "../../src/release/rolled-back.ts";
import { images, planned, record } from "./planned.ts";

interface Repository {
  readonly known: Set<string>;
  readonly records: Map<string, ReadRecord[]>;
  at: string | undefined;
}

const latest: WantedTag = { tag: "latest", kind: "floating", template: "latest" };

/** What observe, planner and settling do together. */
async function releaseInto(repository: Repository, version: string): Promise<void> {
  const { known } = repository;
  const below = await held(repository, version);
  const { move } = decideFloating(latest, version, known, below);
  if (move) repository.at = version;
  known.add(version);
  const highest = highestOfLine(latest, known) as string;
  if (!move || repository.at === highest) return;
  if (!isHeldBack(highest, await held(repository))) repository.at = highest;
}

async function held({ at, known, records }: Repository, ...coming: readonly string[]) {
  const versions = new Map([...known, ...coming].map((each) => [each, each]));
  const there = images(at ?? "", ...known).map((one) => ({ ...one, digest: digestOf(one.name) }));
  const found = await rolledBackTags([latest], { images: there, versions }, async (subject) =>
    [...records].flatMap(([each, left]) => (digestOf(each) === subject ? left : [])),
  );
  return found[0]?.newerThan;
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

function higher(one: string, other = one): string {
  return compareVersions(one, other) > 0 ? one : other;
}

/** Whatever is deleted, but for the image that the tag is on. */
function remove({ known, at }: Repository, version: string): void {
  if (version !== at) known.delete(version);
}

async function expectNewer(below: string, repository: Repository, version: string) {
  const before = repository.at;
  await releaseInto(repository, version);
  if (repository.at === before) return;
  expect(compareVersions(repository.at ?? "", below)).toBeGreaterThan(0);
}

const version = fc.tuple(fc.nat(3), fc.nat(3)).map(([minor, patch]) => `1.${minor}.${patch}`);
const event = fc.record({ does: fc.constantFrom("release", "rollback", "delete"), version });

/** What happens, and the version below which the tag must stay after it. */
async function pass(
  { does, version }: { does: string; version: string },
  below: string,
  repository: Repository,
): Promise<string> {
  if (does === "rollback") return higher(below, rollBack(repository, version));
  if (does === "release") await expectNewer(below, repository, version);
  else remove(repository, version);
  return below;
}

describe("a tag that was rolled back", () => {
  it("is moved by releases only to a version newer than all that it was ever held below, whatever was deleted", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 24 }), async (events) => {
        const repository: Repository = { known: new Set(), records: new Map(), at: undefined };
        let below = "0.0.0";
        for (const event of events) below = await pass(event, below, repository);
      }),
      { numRuns: 500 },
    );
  });

  it("is never moved by the re-run of any release, however often it was rolled back", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(version, { minLength: 2, maxLength: 8 }),
        fc.array(fc.nat(7), { minLength: 1, maxLength: 5 }),
        async (versions, backs) => {
          const repository: Repository = { known: new Set(), records: new Map(), at: undefined };
          for (const each of versions) await releaseInto(repository, each);
          for (const one of backs) rollBack(repository, versions[one % versions.length] as string);
          const { at: stays } = repository;
          for (const each of [...versions, ...versions.toReversed()]) {
            await releaseInto(repository, each);
          }
          expect(repository.at).toBe(stays);
        },
      ),
    );
  });
});
