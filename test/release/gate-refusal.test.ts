import { expect, test } from "vitest";
import type { GateName, GateResult } from "../../src/release/gate.ts";
import { GateRefusal } from "../../src/release/gate-refusal.ts";

const result = (gate: GateName, state: GateResult["state"] = "failed"): GateResult => ({
  ...{ gate, state, stage: "layout", mode: "on", findings: [], summary: "", ms: 0 },
});

test.each([
  [["size"], undefined, "nothing was published: refused by the gate size"],
  [["size", "smoke"], undefined, "nothing was published: refused by the gates size and smoke"],
  [
    ["size", "contents", "smoke"],
    "shop/api",
    "nothing was published: shop/api is refused by the gates size, contents and smoke",
  ],
] as const)("%s of %s", (gates, image, message) => {
  const all = [...gates.map((gate) => result(gate)), result("scan", "passed")];
  expect(new GateRefusal(all, image).message).toBe(message);
});
