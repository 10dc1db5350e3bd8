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
