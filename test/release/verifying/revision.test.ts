import { describe, expect, it } from "vitest";
import { revisionAnnotation } from "../../../src/release/planning/identity.ts";
import { revisionChecks } from "../../../src/release/verifying/revision.ts";
import { buildSpec } from "../../support/build-spec.ts";

const commit = "0123456789abcdef0123456789abcdef01234567";
const other = "f".repeat(40);
const tagged = { name: "v1.4.0", commit };
const untagged = { name: "v1.4.0", commit: null };

interface Case {
  readonly annotation?: string | null;
  readonly labels?: readonly (string | null)[];
  readonly gitTag?: typeof tagged | typeof untagged;
  readonly ownLabel?: boolean;
}

function check({ annotation = commit, labels = [commit], gitTag = tagged, ownLabel }: Case) {
  const build = buildSpec(ownLabel ? { labels: { [revisionAnnotation]: "mine" } } : {});
  const stated = labels.map((revision, at) => ({ platform: `linux/${at}`, revision }));
  const [found] = revisionChecks({ build }, { annotation, labels: stated }, gitTag);
  return found;
}

describe("the commit that an image names", () => {
  it.each<[string, Case, boolean, string]>([
    ["that of the git tag", {}, true, "0123456789ab, the commit of git tag v1.4.0"],
    [
      "one, and there is no git tag",
      { gitTag: untagged },
      true,
      "0123456789ab; there is no git tag v1.4.0 here to compare it with",
    ],
    ["in labels alone", { annotation: null }, true, "0123456789ab, the commit of git tag v1.4.0"],
    [
      "in the annotation, the label being the author's own",
      { labels: [other], ownLabel: true },
      true,
      "0123456789ab, the commit of git tag v1.4.0",
    ],
    [
      "another",
      { annotation: other, labels: [other] },
      false,
      "ffffffffffff; expected 0123456789ab",
    ],
    ["two", { labels: [commit, other] }, false, "label of linux/1: ffffffffffff; expected"],
    ["none at one platform", { labels: [commit, null] }, false, "label of linux/1: none; expected"],
    [
      "none in any label",
      { labels: [null] },
      false,
      "label of linux/0: none; expected 0123456789ab",
    ],
    [
      "none at all",
      { annotation: null, labels: [null] },
      false,
      `no label ${revisionAnnotation} names a commit; expected 0123456789ab`,
    ],
    [
      "none at all, and there is no git tag",
      { annotation: null, labels: [null, null], gitTag: untagged },
      false,
      `no label ${revisionAnnotation} names a commit; slipway build writes it`,
    ],
    [
      "none that could be read",
      { annotation: null, labels: [], gitTag: untagged },
      false,
      `no label ${revisionAnnotation}`,
    ],
  ])("%s", (_, facts, holds, found) => {
    expect(check(facts)).toMatchObject({ holds, found: expect.stringContaining(found) });
  });

  it("is asked for with the way to state it, where none is stated", () => {
    expect(check({ labels: [commit, null] })?.found).toContain(
      `--label ${revisionAnnotation}=COMMIT`,
    );
    expect(check({ labels: [other] })?.found).not.toContain("--label");
  });
});
