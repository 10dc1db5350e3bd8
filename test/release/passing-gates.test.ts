import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { type GateStep, passSource } from "../../src/release/applying/gates.ts";
import type { GateWish } from "../../src/release/gate.ts";
import { buildSpec } from "../support/build-spec.ts";

it("a gate that cannot look at all is told when no other looks any more", async () => {
  const ended: string[] = [];
  const steps = (["smoke", "scan"] as const).map(
    (gate): GateStep => ({
      action: "gate",
      wish: { gate, mode: "on", skipped: false } as GateWish,
      stage: "source",
      spec: buildSpec(),
      because: "",
    }),
  );
  const world = {
    signal: new AbortController().signal,
    report() {},
    async judge({ gate }: GateWish) {
      if (gate === "smoke") throw new Error("no engine");
      await sleep(20);
      ended.push(gate);
      return { findings: [], summary: "" };
    },
  };
  const passing = passSource({ world, outcomes: [], gated: [] }, steps);
  await expect(passing).rejects.toThrow("no engine");
  expect(ended).toEqual(["scan"]);
});
