import { describe, expect, test } from "vitest";
import { day, departures, evaluate, image, now, policy } from "./repository.ts";

describe("evaluatePolicy", () => {
  test("acts when an age is exceeded, not when it is reached, and says from when", () => {
    const rules = policy(["any", "pushed", 14]);
    const images = [image("A", 0)];
    const due = now + 14 * day;
    expect(evaluate(rules, images, due).A).toEqual({
      digest: "A",
      fate: "kept",
      because: "rule",
      rule: 1,
      until: due,
    });
    expect(evaluate(rules, images, due + 1).A).toEqual({
      digest: "A",
      fate: "expires",
      because: "rule",
      rule: 1,
      since: due,
    });
  });

  test("counts at once, and says when an image became one too many", () => {
    const images = [image("A", 9), image("B", 5), image("C", 3), image("D", 0)];
    const { A, B, C } = evaluate(policy(["any", "count", 2]), images);
    expect(A).toMatchObject({ fate: "expires", since: now - 3 * day });
    expect(B).toMatchObject({ fate: "expires", since: now });
    expect(C).toEqual({ digest: "C", fate: "kept", because: "rule", rule: 1 });
  });

  test("counts what a higher rule protects: room for the others is less", () => {
    const images = [
      image("main-1", 1, { tags: ["main-1"] }),
      image("main-2", 2, { tags: ["main-2"] }),
      image("dev", 3, { tags: ["dev"] }),
    ];
    const rules = policy([["main*"], "count", 9999], ["any", "count", 2]);
    expect(departures(rules, images)).toEqual(["dev expires 2"]);
  });

  test("leaves an image that a higher rule claims and keeps to that rule", () => {
    const images = [image("A", 400, { tags: ["v1", "dev"] })];
    const rules = policy([["v*"], "count", 10], [["dev"], "pushed", 1]);
    expect(evaluate(rules, images).A).toMatchObject({ fate: "kept", rule: 1 });
  });

  test("measures a restored image from its restoration, for its order, its age and its pulls", () => {
    const restored = image("A", 100, {
      archivedAt: now - 50 * day,
      activatedAt: now - 2 * day,
      pulledAt: now - 90 * day,
    });
    const other = image("B", 10);
    expect(departures(policy(["any", "count", 1]), [restored, other])).toEqual(["B expires 1"]);
    expect(departures(policy(["any", "pushed", 2]), [restored])).toEqual([]);
    expect(departures(policy(["any", "pulled", 2, "archive"]), [restored])).toEqual([]);
    expect(departures(policy(["any", "pulled", 1, "archive"]), [restored])).toEqual([
      "A archived 1",
    ]);
    const pulledSince = { ...restored, pulledAt: now - day / 2 };
    expect(departures(policy(["any", "pulled", 1, "archive"]), [pulledSince])).toEqual([]);
  });

  test("measures pulls from the push where there was none", () => {
    const images = [image("A", 31), image("B", 400, { pulledAt: now - day })];
    const rules = policy(["any", "pulled", 30, "archive"]);
    expect(departures(rules, images)).toEqual(["A archived 1"]);
  });

  test("keeps the storage classes apart, and leaves alone what is being restored", () => {
    const images = [
      image("active", 400),
      image("old", 400, { status: "archived", archivedAt: now - 91 * day }),
      image("young", 400, { status: "archived", archivedAt: now - 90 * day }),
      image("restoring", 400, { status: "activating", archivedAt: now - 200 * day }),
    ];
    const rules = policy(["any", "pushed", 1, "archive"], ["any", "transitioned", 90]);
    expect(departures(rules, images)).toEqual(["active archived 1", "old expires 2"]);
    expect(evaluate(rules, images).restoring).toMatchObject({ because: "no-rule" });
  });

  test("does not delete what an index lists that is there, though it is selected and counted", () => {
    const images = [
      image("index", 5, { tags: ["v1"], children: ["amd64", "arm64"] }),
      image("amd64", 5),
      image("arm64", 5),
      image("stray", 9),
    ];
    expect(evaluate(policy(["untagged", "count", 1]), images)).toMatchObject({
      index: { fate: "kept", because: "no-rule" },
      arm64: { fate: "kept", because: "rule" },
      amd64: { fate: "blocked", would: "expires", rule: 1, indexes: ["index"] },
      stray: { fate: "expires", rule: 1 },
    });
    const [, ...orphans] = images;
    expect(departures(policy(["untagged", "pushed", 1]), orphans)).toHaveLength(3);
  });

  test("lets go what an archived index lists", () => {
    const index = { children: ["child"], status: "archived", archivedAt: now - day } as const;
    const images = [image("index", 5, index), image("child", 5)];
    expect(departures(policy(["any", "pushed", 1]), images)).toEqual(["child expires 1"]);
  });

  test("orders images of the same time by their digests, in whatever order they come", () => {
    const images = ["C", "A", "D", "B"].map((digest) => image(digest, 1));
    const rules = policy(["any", "count", 2]);
    expect(departures(rules, images)).toEqual(["A expires 1", "B expires 1"]);
    expect(departures(rules, images.toReversed())).toEqual(["B expires 1", "A expires 1"]);
  });

  test("takes referrers away with their subject, over any number of steps", () => {
    const images = [
      image("gone", 40, { tags: ["dev"] }),
      image("signature", 40, { tags: ["s1"], subject: "gone" }),
      image("of the signature", 40, { tags: ["s2"], subject: "signature" }),
      image("kept", 1, { tags: ["dev2"] }),
      image("its signature", 1, { tags: ["s3"], subject: "kept" }),
      image("of nothing", 1, { tags: ["s4"], subject: "absent" }),
      image("circle 1", 1, { tags: ["s5"], subject: "circle 2" }),
      image("circle 2", 1, { tags: ["s6"], subject: "circle 1" }),
    ];
    const rules = policy([["dev*"], "pushed", 30]);
    expect(departures(rules, images)).toEqual([
      "gone expires 1",
      "signature expires subject",
      "of the signature expires subject",
    ]);
    expect(evaluate(rules, images)["of the signature"]).toMatchObject({ subject: "signature" });
  });
});
