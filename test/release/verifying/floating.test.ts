import { describe, expect, it } from "vitest";
import type { ImageSummary } from "../../../src/ecr/types.ts";
import { digestOf } from "../../../src/oci/manifest.ts";
import { floatingCheck, floatingTags, standsAt } from "../../../src/release/verifying/floating.ts";
import { floatingAgreement } from "../../../src/release/verifying/floating-agreement.ts";
import { request } from "../facts.ts";

/** `1.4.0` → that image under its version tag; `latest` is at `at`, held where a rollback holds it. */
interface Seen {
  readonly at?: string;
  readonly versions: readonly string[];
  readonly held?: string;
  /** Its images have other attestations, and so other digests. */
  readonly anew?: true;
}

const asked = request({
  tags: { version: ["{version}"], commit: [], floating: ["latest"], channel: [], gitPrefix: "v" },
});
const names = ["us-east-1", "eu-west-1", "eu-west-2"];

function floatingAt(verified: string, targets: readonly Seen[]) {
  return targets.map(({ at, versions, held, anew }, index) => {
    const all = new Set([...versions, ...(at === undefined ? [] : [at])]);
    const images = [...all].map(
      (name): ImageSummary => ({
        digest: digestOf(anew ? `${name} anew` : name),
        tags: [...(versions.includes(name) ? [name] : []), ...(name === at ? ["latest"] : [])],
        status: "ACTIVE",
        pushedAt: "",
      }),
    );
    const rolledBack = held === undefined ? [] : [{ tag: "latest", newerThan: held, left: [] }];
    const floating = floatingTags(asked, verified).map((wanted) =>
      standsAt(asked, wanted, { images }, rolledBack),
    );
    return { id: names[index] ?? "", floating };
  });
}

function judged(verified: string, targets: readonly Seen[]) {
  const seen = floatingAt(verified, targets);
  const about = { image: "app", version: verified };
  const { checks, notes } = floatingAgreement(about, seen);
  const own = seen.flatMap(({ id, floating }) =>
    floating.map((one) => floatingCheck(about, id, one)),
  );
  return {
    own: own.map(({ holds }) => holds),
    agree: checks.map(({ holds }) => holds),
    said: [
      ...own.flatMap(({ holds, found, remedy }) => (holds ? [] : [tried(found, remedy)])),
      ...checks.flatMap(({ holds, found, remedy }) => (holds ? [] : [tried(found, remedy)])),
      ...notes.map(({ code, message, remedy }) => `${code} ${tried(message, remedy)}`),
    ],
  };
}

function tried(said: string, remedy: string | undefined): string {
  return remedy === undefined ? said : `${said} ⏎ ${remedy.replaceAll("\n", " ⏎ ")}`;
}

const both = ["1.4.0", "1.5.0"];

it.each([
  ["1.4.0", ["latest", "1", "1.4"]],
  ["0.4.0", ["latest", "0.4"]],
  ["2.0.0-rc.1", ["rc"]],
  ["2.0.0-1", []],
])("of %s the floating tags %j are looked at", (version, tags) => {
  const floating = ["latest", "{major}", "{major}.{minor}"];
  const wanted = floatingTags(
    { tags: { ...asked.tags, floating, channel: ["{channel}"] } },
    version,
  );
  expect(wanted.map(({ tag }) => tag)).toEqual(tags);
});

describe("a floating tag, for the version that is verified", () => {
  it.each<[string, string, Seen, boolean, string?]>([
    ["at it", "1.5.0", { at: "1.5.0", versions: both }, true],
    ["at a newer one", "1.4.0", { at: "1.5.0", versions: both }, true],
    ["behind it", "1.5.0", { at: "1.4.0", versions: both }, false, "1.4.0, and 1.5.0 is"],
    ["held behind it", "1.5.0", { at: "1.4.0", versions: both, held: "1.5.0" }, true],
    ["held too long", "1.6.0", { at: "1.4.0", versions: [...both, "1.6.0"], held: "1.5.0" }, false],
    ["at no version", "1.4.0", { at: "stray", versions: both }, false, "slipway promote app:1.5.0"],
    [
      "at another line's",
      "1.4.0",
      { at: "2.0.0-beta.1", versions: [...both, "2.0.0-beta.1"] },
      false,
    ],
    [
      "nowhere",
      "1.4.0",
      { versions: both },
      false,
      `missing, and 1.5.0 is ${digestOf("1.5.0")} ⏎ slipway promote app:1.5.0 --from us-east-1 --to us-east-1`,
    ],
  ])("%s", (_, verified, seen, holds, said = "") => {
    const found = judged(verified, [seen]);
    expect(found.own).toEqual([holds]);
    expect(found.agree).toEqual([]);
    expect(found.said.join()).toContain(said);
  });

  it("is moved by the tag that the version has, which knows no +", () => {
    const { said } = judged("1.5.0+2", [{ versions: ["1.5.0_2"] }]);
    expect(said.join()).toContain("slipway promote app:1.5.0_2 --from");
  });

  it("at it, while a newer version is there whose release has not ended: a note says what ends it", () => {
    const { own, said } = judged("1.4.0", [{ at: "1.4.0", versions: both }]);
    expect(own).toEqual([true]);
    expect(said).toEqual([
      "FLOATING_TAG_WAITS latest: at 1.4.0, and 1.5.0 is there (us-east-1) ⏎ slipway promote app:1.5.0 --from us-east-1 --to us-east-1",
    ]);
  });
});

it("held everywhere behind the verified version is told of, once", () => {
  const back = { at: "1.4.0", versions: both, held: "1.5.0" };
  expect(judged("1.5.0", [back, back]).said).toEqual([
    "FLOATING_TAG_HELD latest: rolled back to 1.4.0; only a version newer than 1.5.0 moves it",
  ]);
  expect(judged("1.4.0", [back, back]).said).toEqual([]);
});

describe("a floating tag at several targets", () => {
  const half: readonly Seen[] = [
    { at: "1.4.0", versions: both, held: "1.5.0" },
    { at: "1.5.0", versions: both },
  ];
  const halfSaid =
    "latest: 1.4.0 (rolled back) at us-east-1, 1.5.0 at eu-west-1 ⏎ slipway rollback latest --to 1.4.0 --image app";
  const partly: readonly Seen[] = [
    { at: "1.5.0", versions: both },
    { at: "1.4.0", versions: ["1.4.0"] },
  ];
  const partlySaid =
    "latest: 1.5.0 at us-east-1, 1.4.0 at eu-west-1 ⏎ slipway promote app:1.5.0 --from us-east-1 --to eu-west-1";
  const back: Seen = { at: "1.4.0", versions: both, held: "1.5.0" };

  it.each<[string, string, readonly Seen[], boolean, string?]>([
    ["the same", "1.5.0", [half[1] as Seen, half[1] as Seen], true],
    ["rolled back at all", "1.5.0", [back, back, back], true],
    ["half rolled back, for the version that was bad", "1.5.0", half, false, halfSaid],
    ["half rolled back, for the version it goes to", "1.4.0", half, false, halfSaid],
    [
      "half rolled back, for an older version",
      "1.3.0",
      half,
      true,
      `FLOATING_TAGS_DIFFER ${halfSaid}`,
    ],
    ["a newer version at some", "1.4.0", partly, true, `FLOATING_TAGS_DIFFER ${partlySaid}`],
    ["that version itself", "1.5.0", partly, false, partlySaid],
    [
      "rolled back to two places",
      "1.5.0",
      [back, { at: "1.3.0", versions: ["1.3.0", ...both], held: "1.5.0" }],
      false,
      " ⏎ slipway rollback latest --to VERSION --image app",
    ],
    [
      "behind the newest at two, of which one has it",
      "1.5.0",
      [half[1] as Seen, { at: "1.4.0", versions: both }, { at: "1.4.0", versions: ["1.4.0"] }],
      false,
      "slipway promote app:1.5.0 --from eu-west-1 --to eu-west-1 ⏎ slipway promote app:1.5.0 --from us-east-1 --to eu-west-2",
    ],
    [
      "at no version at one",
      "1.4.0",
      [half[1] as Seen, { at: "stray", versions: both }],
      false,
      `${digestOf("stray")} at eu-west-1`,
    ],
    [
      "at no version at both, and at two images",
      "1.4.0",
      [
        { at: "stray", versions: both },
        { at: "lost", versions: both },
      ],
      false,
      `${digestOf("stray")} at us-east-1, ${digestOf("lost")} at eu-west-1`,
    ],
    [
      "the same version with other attestations, behind it",
      "1.6.0",
      [half[1] as Seen, { at: "1.5.0", versions: both, anew: true }],
      true,
    ],
    ["at one target alone", "1.4.0", [half[1] as Seen, { versions: both }], true],
  ])("%s", (_, verified, targets, holds, said) => {
    const found = judged(verified, targets);
    expect(found.agree).toEqual([holds]);
    if (said === undefined) return;
    expect(found.said.filter((one) => one.includes(said))).toHaveLength(1);
  });
});
