import { stripVTControlCharacters } from "node:util";
import { expect, it } from "vitest";
import { simulationText } from "../../../src/cli/lifecycle/simulate-text.ts";
import type { Simulation } from "../../../src/lifecycle/simulate.ts";
import { digestOf } from "../../../src/oci/manifest.ts";

it("sums by rule what goes of today's images, where not each has a line", () => {
  const departures = Array.from({ length: 30 }, (_, at) => ({
    ...{ digest: digestOf(`${at}`), tags: [`dev-${at}`], size: 1, fate: "expires" },
    ...{ isThereToday: true, ...(at < 25 && { rule: 2 }) },
  }));
  const count = { images: 0, bytes: 0 };
  const day = { day: 0, at: "2026-12-01T00:00:00.000Z", pushed: 0, departures };
  const simulation = {
    cadence: { images: 0, days: 1 },
    days: [{ ...day, active: count, archived: count }],
    trend: { kind: "steady", fromDay: 0, ...count },
  } as unknown as Simulation;
  const lines = stripVTControlCharacters(simulationText(simulation, "app")).split("\n");
  expect(lines).toContain(
    "    and 10 more; in all 25 by rule 2, 5 with the subject; --json tells all",
  );
});
