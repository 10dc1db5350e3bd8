import { describe, expect, it } from "vitest";
import {
  type PromotionCall,
  parsePlace,
  promotionRequest,
} from "../../../src/cli/publishing/promote-request.ts";
import { digestOf } from "../../../src/oci/manifest.ts";
import type { TargetRequest } from "../../../src/release/request.ts";
import { request } from "../../release/facts.ts";

const production = {
  region: "eu-west-1",
  account: "210987654321",
  role: "arn:aws:iam::210987654321:role/release",
};
const configured = request({ targets: [{ region: "us-east-1" }, production] });
const call: PromotionCall = { refs: ["1.4.0"], receipts: [], to: ["eu-west-1"] };
const read = (fields: Partial<PromotionCall> = {}) =>
  promotionRequest({ ...call, ...fields }, configured);
const digest = digestOf("image");

describe("which image", () => {
  it.each([
    ["1.4.0", { at: { region: "us-east-1" }, repository: "team/app", image: { tag: "1.4.0" } }],
    [digest, { at: { region: "us-east-1" }, repository: "team/app", image: { digest } }],
    ["other:2", { at: { region: "us-east-1" }, repository: "other", image: { tag: "2" } }],
    [
      `111111111111.dkr.ecr.ap-south-1.amazonaws.com/team/other:2@${digest}`,
      {
        at: { region: "ap-south-1", account: "111111111111" },
        repository: "team/other",
        image: { digest },
      },
    ],
    [
      "210987654321.dkr.ecr.eu-west-1.amazonaws.com/app:2",
      { at: production, repository: "app", image: { tag: "2" } },
    ],
    ["localhost:5000/app:2", { host: "localhost:5000", repository: "app", image: { tag: "2" } }],
  ])("%s", (ref, expected) => {
    expect(read({ refs: [ref] }).images[0]).toMatchObject({ named: ref, ...expected });
  });

  it("is where --from says, and in its repository", () => {
    expect(read({ from: "111111111111/ap-south-1/staging/app" }).images[0]).toMatchObject({
      at: { region: "ap-south-1", account: "111111111111" },
      repository: "staging/app",
    });
  });

  it("is the one of a receipt, by its digest", () => {
    const target = "210987654321/eu-west-1";
    const receipt = { file: "receipt.json", image: "team/app", digest, target };
    expect(read({ refs: [], receipts: [receipt] }).images).toMatchObject([
      { at: production, repository: "team/app", image: { digest } },
    ]);
  });
});

describe("where to", () => {
  it.each([
    ["us-east-1", { region: "us-east-1" }],
    ["210987654321/eu-west-1", production],
    ["eu-west-1", production],
    ["111111111111/eu-west-1", { region: "eu-west-1", account: "111111111111" }],
    ["ap-south-1", { region: "ap-south-1" }],
  ])("%s", (to, target) => {
    expect(read({ to: [to] }).to).toEqual([{ target }]);
  });

  it("asks for the account where slipway.yaml has several in the region, and none is the caller's", () => {
    const other = { region: "eu-west-1", account: "310987654321" };
    const of = (...targets: TargetRequest[]) =>
      promotionRequest({ ...call, from: "us-east-1" }, request({ targets }));
    expect(() => of(production, other)).toThrow(
      expect.objectContaining({
        code: "USAGE",
        suggestions: ["name the account too: 210987654321/eu-west-1, or 310987654321/eu-west-1"],
      }),
    );
    const caller = { region: "eu-west-1" };
    expect(of(production, other, caller).to).toEqual([{ target: caller }]);
  });

  it("names a repository of any depth", () => {
    expect(parsePlace("--to", "111111111111/us-gov-west-1/a/b/c")).toEqual({
      ...{ account: "111111111111", region: "us-gov-west-1", repository: "a/b/c" },
    });
  });

  it.each(["", "frankfurt", "1234/eu-west-1", "eu-west-1/", "eu-west-1/UPPER"])(
    "not '%s'",
    (to) => {
      expect(() => read({ to: [to] })).toThrow(/is not \[ACCOUNT\/\]REGION\[\/REPOSITORY\]/);
    },
  );
});

it("counts what is named twice once", () => {
  const receipt = {
    file: "receipt.json",
    image: "team/app",
    digest,
    target: "210987654321/eu-west-1",
  };
  const named = { refs: ["team/app:1.4.0", "1.4.0"], receipts: [] };
  expect(read({ ...named, tags: ["production"] }).images).toHaveLength(1);
  expect(read({ refs: ["1.4.0", "1.5.0", "1.4.0"] }).images).toHaveLength(2);
  const receipts = [receipt, { ...receipt, file: "same.json" }];
  expect(read({ refs: [], receipts }).images).toHaveLength(1);
});

it("wants one image for named tags, and legal ones", () => {
  expect(() => read({ refs: ["1.4.0", "1.5.0"], tags: ["production"] })).toThrow(/one image/);
  expect(() => read({ tags: ["not legal"] })).toThrow(/not a legal tag/);
});

it("takes nothing from this machine", () => {
  expect(() => read({ refs: ["oci:build/image"] })).toThrow(/only what a registry has/);
});
