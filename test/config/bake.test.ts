import { describe, expect, it } from "vitest";
import { bakedTarget, parseBake } from "../../src/config/bake.ts";
import { readRequests } from "../../src/config/load.ts";
import { formatConfigError } from "../../src/config/mistakes.ts";
import { SlipwayError } from "../../src/errors.ts";

/** As a build argument; bake prints it with the sign doubled. */
const home = ["$", "{HOME}"].join("");

const api = {
  context: "services/api",
  dockerfile: "Dockerfile.prod",
  args: { MODE: "fast", RAW: `$${home}`, ABSENT: null },
  labels: { team: "shop" },
  tags: ["shop/api"],
  "cache-from": [{ type: "registry", ref: "host/cache:main" }, "type=gha"],
  "cache-to": [{ type: "gha", mode: "max" }],
  target: "runtime",
  secret: [
    { id: "npm", src: ".npmrc" },
    { type: "env", id: "token", env: "TOKEN" },
  ],
  ssh: [{ id: "default" }, { id: "key", paths: ["a", "b"] }],
  platforms: ["linux/arm64"],
  pull: true,
  output: [{ type: "docker" }],
};
const printed = { group: {}, target: { api, web: { context: ".", dockerfile: "Dockerfile" } } };

describe("a bake target", () => {
  it("becomes a build, with everything that a build can be given", () => {
    expect(bakedTarget(printed, "shop/api")).toEqual({
      build: {
        context: "services/api",
        dockerfile: "services/api/Dockerfile.prod",
        target: "runtime",
        platforms: ["linux/arm64"],
        args: { MODE: "fast", RAW: home },
        contexts: {},
        secrets: [
          { id: "npm", file: ".npmrc" },
          { id: "token", env: "TOKEN" },
        ],
        ssh: ["default", "key=a,b"],
        labels: { team: "shop" },
        cacheFrom: ["type=registry,ref=host/cache:main", "type=gha"],
        cacheTo: ["type=gha,mode=max"],
        pull: true,
      },
    });
  });

  it("is the one that is named, that of the image's name, or the only one", () => {
    const contextOf = (image: string, named?: string, from: object = printed) => {
      const found = bakedTarget(from, image, named);
      return "build" in found ? found.build.context : found.mistake;
    };
    expect(contextOf("shop/api")).toBe("services/api");
    expect(contextOf("shop/api", "web")).toBe(".");
    expect(contextOf("shop/x", undefined, { target: { api } })).toBe("services/api");
    expect(contextOf("shop/x")).toBe("expected FILE#TARGET, for the file has the targets api, web");
    expect(contextOf("shop/x", "wep")).toBe("unknown target 'wep', did you mean 'web'?");
  });

  it.each([
    ["network", "host", "target api has network ('host'), which no build here can be given"],
    ["dockerfile-inline", "FROM x", "dockerfile-inline ('FROM x')"],
    ["entitlements", ["network.host"], "entitlements (a list)"],
    ["contexts", { base: "target:gone" }, "target gone is linked to, and is not in the file"],
    ["context", "https://example.com/a.git", "remote context"],
  ])("is refused by name for what cannot be passed on: %s", (key, value, words) => {
    const found = bakedTarget({ target: { api: { ...api, [key]: value } } }, "shop/api");
    expect(found).toEqual({ mistake: expect.stringContaining(words) });
  });

  it("brings the targets that it is linked to, and those that they are linked to", () => {
    const link = (name: string, more = {}) => ({ ...more, contexts: { [name]: `target:${name}` } });
    const base = { context: "base", platforms: ["linux/amd64"], output: [{ type: "cacheonly" }] };
    const from = { target: { web: link("mid"), mid: link("base", { target: "mid" }), base } };
    expect(bakedTarget(from, "shop/web", "web")).toMatchObject({
      build: {
        contexts: { mid: "target:mid" },
        linked: {
          mid: { target: "mid", contexts: { base: "target:base" } },
          base: { context: "base", dockerfile: "base/Dockerfile", platforms: ["linux/amd64"] },
        },
      },
    });
    const strange = { target: { ...from.target, base: { ...base, network: "host" } } };
    expect(bakedTarget(strange, "shop/web", "web")).toEqual({
      mistake: "target base has network ('host'), which no build here can be given",
    });
  });

  it("is named by FILE#TARGET", () => {
    expect(parseBake("compose.yaml#api")).toEqual({ file: "compose.yaml", target: "api" });
    expect(parseBake("docker-bake.hcl")).toEqual({ file: "docker-bake.hcl" });
  });
});

describe("build.bake", () => {
  const text = `targets: eu-west-1
build: { bake: compose.yaml, args: { MODE: slow } }
images:
  shop/api: {}
  shop/web: { build: { bake: compose.yaml#web } }
  shop/old: { build: { context: old } }
`;
  const load = (printBake: (file: string, target?: string) => Promise<unknown>) =>
    readRequests({ text, projectDir: "/p", overrides: {}, readFile: async () => "", printBake });

  it("gives each image its build, overruled by the keys beside it", async () => {
    const loaded = await load(async () => ({ target: { ...printed.target, old: api } }));
    const builds = "requests" in loaded ? loaded.requests.map(({ build }) => build) : [];
    expect(builds).toMatchObject([
      {
        context: "services/api",
        platforms: ["linux/arm64"],
        args: { MODE: "slow", RAW: home },
      },
      { context: ".", dockerfile: "Dockerfile" },
      { context: "old", dockerfile: "old/Dockerfile" },
    ]);
  });

  it("gives linked targets the image's platforms, and the contexts of slipway.yaml", async () => {
    const linked = `targets: eu-west-1
images:
  shop/web: { platforms: [linux/arm64], build: { bake: f, contexts: { alpine: "oci-layout://a" } } }
  shop/own: { platforms: [linux/arm64], build: { bake: "f#web", contexts: { base: ./base } } }
`;
    const platforms = ["linux/amd64", "linux/arm64/v8"];
    const base = { context: "base", dockerfile: "D", platforms };
    const tools = { context: "tools", platforms: ["linux/amd64"] };
    const web = { contexts: { base: "target:base", tools: "target:tools" } };
    const loaded = await readRequests({
      ...{ text: linked, projectDir: "/p", overrides: {}, readFile: async () => "" },
      printBake: async () => ({ target: { web, base, tools } }),
    });
    const [one, other] = "requests" in loaded ? loaded.requests.map(({ build }) => build) : [];
    expect(one?.linked).toEqual({
      base: {
        ...{ context: "base", dockerfile: "base/D", platforms: ["linux/arm64"] },
        ...{ args: {}, labels: {}, secrets: [], ssh: [], cacheFrom: [], cacheTo: [] },
        ...{ contexts: { alpine: "oci-layout://a" }, layouts: expect.anything() },
        ...{ noCache: false, pull: false },
      },
      tools: expect.objectContaining({ platforms: ["linux/amd64"] }),
    });
    expect(other?.contexts).toEqual({ base: "./base", tools: "target:tools" });
    expect(Object.keys(other?.linked ?? {})).toEqual(["tools"]);
  });

  it("says at its place what is wrong with it", async () => {
    const loaded = await load(async (_, target) => {
      if (target) throw new SlipwayError("CONFIG_INVALID", "open compose.yaml: no such file");
      return printed;
    });
    expect("errors" in loaded ? loaded.errors.map(formatConfigError) : []).toEqual([
      "slipway.yaml:2:16: build.bake: expected FILE#TARGET, for the file has the targets api, web",
      "slipway.yaml:5:30: images.shop/web.build.bake: docker buildx bake --print cannot read 'compose.yaml#web': open compose.yaml: no such file",
    ]);
  });
});
