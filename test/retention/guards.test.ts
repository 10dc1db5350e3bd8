import { describe, expect, test } from "vitest";
import { evaluatePolicy } from "../../src/lifecycle/evaluate.ts";
import { checkGuards } from "../../src/lifecycle/guards.ts";
import type { LifecycleImage } from "../../src/lifecycle/image.ts";
import type { LifecyclePolicy } from "../../src/lifecycle/policy.ts";
import type { GuardSettings } from "../../src/retention/guards.ts";
import { parseInUse, resolveInUse } from "../../src/retention/resolve-in-use.ts";
import { image, now, policy } from "../lifecycle/repository.ts";

const settings: GuardSettings = { inUse: [], floating: [], releases: 0, maxShare: 1, allow: [] };

function refused(
  images: readonly LifecycleImage[],
  rules: LifecyclePolicy,
  more: Partial<GuardSettings> = {},
) {
  const all = { ...settings, ...more };
  const inUse = resolveInUse(parseInUse(all.inUse), home(images)).images;
  const verdicts = evaluatePolicy(rules, images, now);
  return checkGuards(images, verdicts, inUse, all).refusals.map(({ guard, digest }) =>
    digest === undefined ? guard : `${guard} ${digest}`,
  );
}

const home = (images: readonly LifecycleImage[]) => ({
  repository: "team/app",
  account: "123456789012",
  request: { region: "eu-west-1" },
  uri: "127.0.0.1:5000/team/app",
  images,
});

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const all = policy(["any", "pushed", 5]);

describe("checkGuards", () => {
  test("refuses to lose what is in use, by tag or by digest", () => {
    const images = [image(digest("a"), 9, { tags: ["dev"] }), image(digest("b"), 9)];
    expect(refused(images, all, { inUse: ["team/app:dev"] })).toEqual([`in-use ${digest("a")}`]);
    expect(refused(images, all, { inUse: [`team/app@${digest("b")}`] })).toEqual([
      `in-use ${digest("b")}`,
    ]);
    expect(refused(images, all, { inUse: ["team/app:dev"], allow: ["in-use"] })).toEqual([]);
    expect(refused(images, policy(["any", "pushed", 10]), { inUse: ["team/app:dev"] })).toEqual([]);
  });

  test("refuses to archive what is in use: it cannot be pulled then", () => {
    const images = [image(digest("a"), 9, { tags: ["dev"] })];
    const archive = policy(["any", "pushed", 5, "archive"]);
    expect(refused(images, archive, { inUse: ["team/app:dev"] })).toHaveLength(1);
  });

  test("protects the index of a running child, and the children of a running index", () => {
    const images = [
      image(digest("a"), 9, { tags: ["dev"], children: [digest("b")] }),
      image(digest("b"), 9),
      image(digest("c"), 9, { tags: ["old"], status: "archived", children: [digest("d")] }),
      image(digest("d"), 9),
    ];
    expect(refused(images, all, { inUse: [`team/app@${digest("b")}`] })).toEqual([
      `in-use ${digest("a")}`,
    ]);
    expect(refused(images, all, { inUse: ["team/app:old"] })).toEqual([`in-use ${digest("d")}`]);
  });

  test("does not protect another index that lists the same child", () => {
    const images = ["a", "b"].map((letter) =>
      image(digest(letter), 9, { tags: [letter], children: [digest("c")] }),
    );
    const both = [...images, image(digest("c"), 9)];
    expect(refused(both, all, { inUse: ["team/app:a"] })).toEqual([`in-use ${digest("a")}`]);
  });

  test("refuses to lose floating tags and the newest releases, however old their push", () => {
    const images = [
      image("promoted", 400, { tags: ["v2.0.0"] }),
      image("other", 9, { tags: ["v1.9.9", "v1"] }),
      image("older", 8, { tags: ["v1.9.8"] }),
      image("live", 9, { tags: ["blue"] }),
    ];
    expect(refused(images, all, { releases: 1 })).toEqual(["release promoted", "floating other"]);
    expect(refused(images, all, { releases: 3, floating: ["bl*"] })).toEqual([
      "release promoted",
      "floating other",
      "release older",
      "floating live",
    ]);
    expect(refused(images, all, { releases: 3, allow: ["release", "floating"] })).toEqual([]);
  });

  test("lets a guard that is overruled hide no other of the same image", () => {
    const images = [image("a", 9, { tags: ["v2.0.0", "latest"], children: ["b"] }), image("b", 9)];
    const running = { inUse: ["team/app:latest"], releases: 3 };
    const under = (...allow: GuardSettings["allow"]) => refused(images, all, { ...running, allow });
    expect(under()).toEqual(["in-use a"]);
    expect(under("in-use")).toEqual(["floating a"]);
    expect(under("in-use", "floating")).toEqual(["release a"]);
    expect(under("floating", "release")).toEqual(["in-use a"]);
    expect(under("in-use", "floating", "release")).toEqual([]);
  });

  test("refuses when too large a share goes, an index and its children being one image", () => {
    const images = [
      image("index", 1, { tags: ["x"], children: ["c1", "c2"] }),
      image("c1", 1),
      image("c2", 1),
      image("old", 9, { tags: ["y"] }),
      image("older", 9, { tags: ["z"] }),
    ];
    expect(refused(images, all, { maxShare: 0.5 })).toEqual(["share"]);
    expect(refused(images, all, { maxShare: 2 / 3 })).toEqual([]);
    expect(refused(images, all, { maxShare: 0.5, allow: ["share"] })).toEqual([]);
    expect(refused([], all, { maxShare: 0 })).toEqual([]);
  });

  test("warns of what is needed and goes later", () => {
    const images = [image(digest("a"), 3, { tags: ["latest"] })];
    const verdicts = evaluatePolicy(all, images, now);
    expect(checkGuards(images, verdicts, new Map(), settings).warnings).toMatchObject([
      { guard: "floating", until: now + 2 * 86_400_000 },
    ]);
  });
});

describe("resolveInUse", () => {
  const images = [image(digest("a"), 1, { tags: ["dev", "latest"] })];
  test.each([
    ["team/app", true],
    ["team/app:dev", true],
    ["127.0.0.1:5000/team/app:dev", true],
    ["123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:dev", true],
    ["123456789012.dkr-ecr.eu-west-1.on.aws/team/app:dev", true],
    [`team/app:moved@${digest("a")}`, true],
    ["123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app:dev", false],
    ["210987654321.dkr.ecr.eu-west-1.amazonaws.com/team/app:dev", false],
    ["docker.io/team/app:dev", false],
    ["app:dev", false],
  ])("%s is an image of the repository: %s", (reference, isHere) => {
    const { images: found, missing } = resolveInUse(parseInUse([reference]), home(images));
    expect([...found]).toEqual(isHere ? [[digest("a"), reference]] : []);
    expect(missing).toEqual([]);
  });

  test("tells what names no image here, and what is no reference", () => {
    const references = ["team/app:gone", `team/app@${digest("b")}`, "not a reference", "UPPER:x"];
    expect(resolveInUse(parseInUse(references), home(images)).missing).toEqual(
      references.slice(0, 2),
    );
    expect(parseInUse(references).unreadable).toEqual(references.slice(2));
  });
});
