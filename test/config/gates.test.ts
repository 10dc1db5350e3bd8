import { expect, test } from "vitest";
import { loadRequest } from "../../src/config/load.ts";
import type { Overrides } from "../../src/config/overrides.ts";

const gatesOf = async (text: string, overrides: Overrides = {}) => {
  const request = await loadRequest({
    text: `image: app\ntargets: eu-west-1\ngates: ${text}\n`,
    projectDir: "/project",
    overrides,
    readFile: async () => "",
  });
  return request.gates;
};

test("a gate with settings is on, unless its mode says otherwise", async () => {
  const consumer = { gate: "consumer", skipped: false, settings: { for: ["lambda", "eks"] } };
  expect(await gatesOf("{ consumer: { for: [lambda, eks] } }")).toEqual([
    { ...consumer, mode: "on" },
  ]);
  expect(await gatesOf("{ consumer: { mode: warn, for: [lambda, eks] } }")).toEqual([
    { ...consumer, mode: "warn" },
  ]);
  expect(await gatesOf("{ consumer: { mode: off, for: [lambda] } }")).toEqual([]);
  expect(await gatesOf("{ consumer: { mode: false, for: [lambda] } }")).toEqual([]);
});

test("a gate that is passed over stays among them", async () => {
  const gates = await gatesOf("{ consumer: { for: [eks] } }", { skippedGates: ["consumer"] });
  expect(gates).toMatchObject([{ gate: "consumer", skipped: true }]);
});

test("nobody is a consumer that is not known", async () => {
  await expect(gatesOf("{ consumer: { for: [lamda] } }")).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: expect.stringContaining("expected one of lambda, fargate, ecs, eks, found 'lamda'"),
  });
});

test("a gate that needs no settings is a word, or an object", async () => {
  const contents = { gate: "contents", skipped: false, settings: { allow: [], user: "warned" } };
  expect(await gatesOf("{ contents: warn }")).toEqual([{ ...contents, mode: "warn" }]);
  expect(await gatesOf("{ contents: on }")).toEqual([{ ...contents, mode: "on" }]);
  expect(await gatesOf("{ contents: off }")).toEqual([]);
  expect(await gatesOf("{ contents: { user: non-root, allow: [/a] } }")).toMatchObject([
    { mode: "on", settings: { user: "non-root", allow: ["/a"] } },
  ]);
});

test("a wrong key in a gate's object is named", async () => {
  await expect(gatesOf("{ contents: { alow: [/a] } }")).rejects.toMatchObject({
    message: expect.stringContaining("did you mean 'allow'"),
  });
  await expect(gatesOf("{ contents: onn }")).rejects.toMatchObject({
    message: expect.stringContaining("one of on, warn, off"),
  });
});

test("limits of a size are read to the byte", async () => {
  const text = "{ size: { budget: 200MB, unpacked: 1GiB, growth: [10%, 20MB] } }";
  expect(await gatesOf(text)).toMatchObject([
    {
      gate: "size",
      settings: {
        budget: 200_000_000,
        unpacked: 1_073_741_824,
        growth: { percent: 10, bytes: 20_000_000 },
      },
    },
  ]);
  expect(await gatesOf("{ size: { growth: 5% } }")).toMatchObject([
    { settings: { growth: { percent: 5 } } },
  ]);
  await expect(gatesOf("{ size: { budget: much } }")).rejects.toMatchObject({
    message: expect.stringContaining("expected a size such as 200MB or 1.5GiB, found 'much'"),
  });
});

const lambda = (more: string) =>
  loadRequest({
    text: `image: app\ntargets: eu-west-1\ngates: { consumer: { for: [lambda] } }\n${more}\n`,
    projectDir: "/project",
    overrides: {},
    readFile: async () => "",
  });

test("for Lambda one platform is built without provenance, and the reason is kept", async () => {
  const { build, adjusted } = await lambda("platforms: [linux/arm64]");
  expect(build.provenance).toBe("none");
  expect(adjusted).toEqual([expect.stringContaining("AWS Lambda takes no index")]);
});

test.each([
  ["several platforms", "platforms: [linux/arm64, linux/amd64]", "min"],
  [
    "provenance that was asked for",
    "platforms: [linux/arm64]\nattestations: { provenance: min }",
    "min",
  ],
  ["an SBOM that was asked for", "platforms: [linux/arm64]\nattestations: { sbom: true }", "min"],
  ["none", "platforms: [linux/arm64]\nattestations: { provenance: none }", "none"],
])("the build is left as it is with %s", async (_, more, provenance) => {
  const { build, adjusted } = await lambda(more);
  expect([build.provenance, adjusted]).toEqual([provenance, undefined]);
});
