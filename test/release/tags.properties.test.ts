import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTagLocked } from "../../src/local/mutability.ts";
import { isLocked, newRepository } from "../../src/release/planning/mutability.ts";
import {
  decideFloating,
  renderTag,
  versionsOfTags,
  wantedTags,
} from "../../src/release/planning/tags.ts";
import { compareVersions, isPrerelease } from "../../src/release/planning/version.ts";
import { commit, request } from "./facts.ts";

const identifier = fc.oneof(
  fc.nat({ max: 20 }).map(String),
  fc.constantFrom("alpha", "beta", "rc", "x-y"),
);
const identifiers = fc
  .array(identifier, { minLength: 1, maxLength: 3 })
  .map((all) => all.join("."));
const version = fc
  .record(
    { core: fc.tuple(...Array(3).fill(fc.nat({ max: 3 }))), pre: identifiers, build: identifiers },
    { requiredKeys: ["core"] },
  )
  .map(
    ({ core, pre, build }) => `${core.join(".")}${pre ? `-${pre}` : ""}${build ? `+${build}` : ""}`,
  );
const template = fc.constantFrom("{version}", "v{version}", "app-{version}-alpine", "x_{version}");

const facts = { commit, committedAt: "2026-11-20T00:00:00.000Z", branch: "main", worktree: null };
const render = (one: string, of: string) => renderTag(one, { ...facts, version: of });

describe("version tags", () => {
  it("of two versions are two", () => {
    fc.assert(
      fc.property(version, version, template, (a, b, one) => {
        expect(render(one, a) === render(one, b)).toBe(a === b);
      }),
    );
  });

  it("are read back as the versions they were made of", () => {
    fc.assert(
      fc.property(fc.uniqueArray(version), template, (versions, one) => {
        const tags = versions.map((each) => render(one, each));
        expect(versionsOfTags(tags, [one])).toEqual(
          new Map(versions.map((each, at) => [each, tags[at]])),
        );
      }),
    );
  });
});

describe("floating tags", () => {
  const templates = { ...request().tags, channel: ["{channel}", "edge"] };

  const movingTags = (each: string) =>
    wantedTags(templates, { ...facts, version: each }).tags.filter(
      ({ kind }) => kind === "floating" || kind === "channel",
    );

  it("end at the highest version of their line, in whatever order the versions come", () => {
    fc.assert(
      fc.property(fc.uniqueArray(version, { maxLength: 12 }), (versions) => {
        const releases = versions.flatMap((each, at) =>
          movingTags(each).map((tag) => ({ tag, each, known: versions.slice(0, at + 1) })),
        );
        const moves = releases.filter(
          ({ tag, each, known }) => decideFloating(tag, each, known).move,
        );
        const ends = new Map(moves.map(({ tag, each }) => [tag.tag, each]));
        const byVersion = releases.toSorted((a, b) => compareVersions(a.each, b.each));
        expect(ends).toEqual(new Map(byVersion.map(({ tag, each }) => [tag.tag, each])));
      }),
    );
  });

  it("are never bare 0, and never those of a release on a prerelease", () => {
    fc.assert(
      fc.property(version, (each) => {
        const { tags } = wantedTags(templates, { ...facts, version: each });
        const moving = isPrerelease(each) ? "channel" : "floating";
        expect(tags.map(({ tag }) => tag)).not.toContain("0");
        for (const { kind } of tags) expect(["version", "commit", moving]).toContain(kind);
      }),
    );
  });
});

describe("a repository that a release makes", () => {
  const floating = fc.subarray([
    "{major}.{minor}",
    "{major}",
    "latest",
    "{major}.x.y",
    "sha-latest",
    "v{major}.0.0",
  ]);

  it("never locks that release's own floating tags", () => {
    fc.assert(
      fc.property(version, template, floating, (each, one, floats) => {
        const tags = { ...request().tags, version: [one], floating: floats, channel: floats };
        const wanted = wantedTags(tags, { ...facts, version: each }).tags;
        const made = newRepository(request().repository, wanted);
        const moving = wanted.filter(({ kind }) => kind === "floating" || kind === "channel");
        expect(moving.filter(({ tag }) => isLocked(made, tag))).toEqual([]);
        expect(made.mutabilityExclusions.length).toBeLessThanOrEqual(5);
        for (const filter of made.mutabilityExclusions) {
          expect(filter.split("*").length - 1).toBeLessThanOrEqual(2);
        }
      }),
    );
  });

  it("is thought locked where the local ECR locks", () => {
    const text = fc.stringMatching(/^[a-z0-9.*]{0,6}$/);
    const mutability = fc.constantFrom(
      "MUTABLE",
      "IMMUTABLE",
      "MUTABLE_WITH_EXCLUSION",
      "IMMUTABLE_WITH_EXCLUSION",
    );
    fc.assert(
      fc.property(
        mutability,
        fc.array(text, { maxLength: 3 }),
        fc.stringMatching(/^[a-z0-9.]{1,6}$/),
        (mode, filters, tag) => {
          const ours = isLocked({ mutability: mode, mutabilityExclusions: filters }, tag);
          expect(ours).toBe(isTagLocked({ mutability: mode, exclusions: filters }, tag));
        },
      ),
    );
  });
});
