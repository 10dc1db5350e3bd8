import { describe, expect, test } from "vitest";
import { errorsIn, load } from "./loaded.ts";

describe("flags", () => {
  const text = `image: app
platforms: [linux/amd64]
build: { context: a, target: t, args: { A: 1, B: 2 } }
targets:
  - { region: eu-west-1, account: "111111111111", role: "arn:aws:iam::111111111111:role/r" }
  - { region: eu-west-1, account: "222222222222" }
  - us-east-1
`;

  test("overrule the file, argument by argument", async () => {
    const overrides = {
      image: "other",
      platforms: ["linux/arm64"],
      build: { target: "u", args: { B: "3" }, builder: "big", contexts: { x: "y" } },
    };
    expect(await load(text, { overrides })).toMatchObject({
      image: "other",
      build: {
        platforms: ["linux/arm64"],
        context: "a",
        target: "u",
        args: { A: "1", B: "3" },
        contexts: { x: "y" },
        builder: "big",
      },
    });
  });

  test("and the file mean one platform by all its spellings, and build it once", async () => {
    const spelled = text.replace("linux/amd64", "linux/arm64/v8, linux/x86_64, linux/arm64");
    expect((await load(spelled)).build.platforms).toEqual(["linux/arm64", "linux/amd64"]);
    const overrides = { platforms: ["linux/arm64/v8", "linux/arm64"] };
    expect((await load(text, { overrides })).build.platforms).toEqual(["linux/arm64"]);
  });

  test.each([
    [{ regions: ["eu-west-1"] }, ["eu-west-1 111111111111 r", "eu-west-1 222222222222"]],
    [{ regions: ["ap-south-1"] }, ["ap-south-1"]],
    [{ regions: ["us-east-1", "eu-west-1"], account: "222222222222" }, ["eu-west-1 222222222222"]],
    [{ account: "111111111111" }, ["eu-west-1 111111111111 r"]],
    [{ regions: ["us-east-1"], account: "333333333333" }, ["us-east-1 333333333333"]],
    [{ regions: ["us-east-1"], profile: "ci" }, ["us-east-1 ci"]],
  ])("choose targets or make them: %j", async (overrides, wanted) => {
    const { targets } = await load(text, { overrides });
    const shown = targets.map(({ region, account, profile, role }) =>
      [region, account, profile, role && "r"].filter((part) => part).join(" "),
    );
    expect(shown).toEqual(wanted);
  });

  test.each([
    ["--image", { image: "Host/App" }],
    ["--image", { image: "Host/App", images: ["Host/App"] }],
    ["--platform", { platforms: [] }],
    ["--context", { build: { context: "" } }],
    ["--file", { build: { dockerfile: "" } }],
    ["--target", { build: { target: "" } }],
    ["--build-arg", { build: { args: { "A B": "x" } } }],
    ["--build-context", { build: { contexts: { "": "x" } } }],
    ["--builder", { build: { builder: "" } }],
    ["--region", { regions: ["eu-west-1", "x"] }],
    ["--profile", { profile: "" }],
    ["--account", { account: "1234" }],
  ])("name themselves where they are wrong: %s", async (flag, overrides) => {
    const errors = await errorsIn(text, { overrides });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(new RegExp(`^${flag}: `));
  });
});
