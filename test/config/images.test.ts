import { describe, expect, it } from "vitest";
import { type LoadOptions, readRequest, readRequests } from "../../src/config/load.ts";
import { formatConfigError } from "../../src/config/mistakes.ts";
import type { Overrides } from "../../src/config/overrides.ts";
import type { Request } from "../../src/release/request.ts";

const shop = `targets: [eu-west-1]
platforms: [linux/amd64]
build:
  args: { NODE: 24, MODE: fast }
tags: { floating: latest }
images:
  shop/api:
    build:
      context: api
      args: { MODE: slow }
  shop/web:
    build: { context: web }
    platforms: [linux/arm64]
    lifecycle: web.json
`;

const policy = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: "untagged", countType: "imageCountMoreThan", countNumber: 1 },
      action: { type: "expire" },
    },
  ],
});

function optionsFor(text: string, overrides: Overrides): LoadOptions {
  return { text, projectDir: "/p", overrides, readFile: async () => policy };
}

async function read(text: string, overrides: Overrides = {}): Promise<readonly Request[]> {
  const loaded = await readRequests(optionsFor(text, overrides));
  if ("errors" in loaded) throw new Error(loaded.errors.map(formatConfigError).join("\n"));
  return loaded.requests;
}

async function mistakes(text: string, overrides: Overrides = {}): Promise<readonly string[]> {
  const loaded = await readRequests(optionsFor(text, overrides));
  return "errors" in loaded ? loaded.errors.map(formatConfigError) : [];
}

describe("images", () => {
  it("take the keys at the top, joined with their own", async () => {
    const [api, web] = await read(shop);
    expect(api).toMatchObject({
      image: "shop/api",
      build: { context: "api", args: { NODE: "24", MODE: "slow" }, platforms: ["linux/amd64"] },
      tags: { floating: ["latest"] },
      targets: [{ region: "eu-west-1" }],
    });
    expect(api?.lifecycle).toBeUndefined();
    expect(web).toMatchObject({
      image: "shop/web",
      build: { context: "web", args: { NODE: "24", MODE: "fast" }, platforms: ["linux/arm64"] },
      lifecycle: { rules: [{ rulePriority: 1 }] },
    });
  });

  it("are one or some of them by --image", async () => {
    const names = async (images: readonly string[]) =>
      (await read(shop, { images })).map(({ image }) => image);
    expect(await names(["shop/web"])).toEqual(["shop/web"]);
    expect(await names(["shop/web", "shop/api"])).toEqual(["shop/api", "shop/web"]);
    expect(await mistakes(shop, { images: ["shop/wed"] })).toEqual([
      "--image: unknown image 'shop/wed', did you mean 'shop/web'?",
    ]);
  });

  it("a file with one image has another name by --image, and not two", async () => {
    const [one] = await read("image: app\ntargets: eu-west-1\n", { image: "bb", images: ["bb"] });
    expect(one?.image).toBe("bb");
    const two = { image: "bb", images: ["bb", "cc"] };
    expect(await mistakes("image: app\ntargets: eu-west-1\n", two)).toEqual([
      "--image: expected one name, for the file describes one image, found 2",
    ]);
  });

  it("a command that is about one image wants to know which", async () => {
    const which = async (image?: string) => await readRequest(optionsFor(shop, { image }));
    expect(await which()).toMatchObject({
      errors: [{ flag: "--image", suggestion: expect.stringMatching(/^--image shop\//) }],
    });
    expect(await which("shop/web")).toMatchObject({ request: { build: { context: "web" } } });
    // Another repository has what the file says of all.
    expect(await which("other")).toMatchObject({
      request: { image: "other", build: { context: "." } },
    });
  });

  it.each([
    [
      "an unknown key",
      "  a/b: { buidl: {} }",
      "slipway.yaml:3:10: images.a/b.buidl: unknown key, did you mean 'build'?",
    ],
    ["a wrong name", "  a/B: {}", "slipway.yaml:3:3: images.a/B: 'a/B' cannot be such a name"],
    ["no image", "  {}", "slipway.yaml:3:3: images: expected at least one image, found none"],
    [
      "what does not go together, at the image's own key",
      "  a/b: { repository: { mutabilityExclusions: [latest] } }",
      "slipway.yaml:3:46: images.a/b.repository.mutabilityExclusions: expected mutability to be MUTABLE_WITH_EXCLUSION or IMMUTABLE_WITH_EXCLUSION, found 'MUTABLE'",
    ],
    [
      "a template of the wrong kind",
      '  a/b: {}\n  c/d: { tags: { version: "{sha}" } }',
      "slipway.yaml:4:27: images.c/d.tags.version: expected {version} in the first version template, as versions are read back from the registry with it, found '{sha}'",
    ],
  ])("are refused by line: %s", async (_, images, message) => {
    const top = "targets: eu-west-1\nimages:\n";
    const shared = "repository: { mutability: MUTABLE }\n";
    const found = await mistakes(`${top}${images}\n${shared}`);
    expect(found).toEqual([message]);
  });

  it("share a mistake at the top, which is told once, and stand in place of image", async () => {
    const text = 'image: app\ntags: { version: "{sha}" }\nimages: { aa: {}, bb: {} }\n';
    const found = await mistakes(text);
    expect(found.filter((line) => line.includes("tags.version"))).toHaveLength(1);
    expect(found[0]).toMatch(/^slipway.yaml:1:1: image: expected no image beside images/);
    expect(found.at(-1)).toMatch(/^targets: /);
  });
});
