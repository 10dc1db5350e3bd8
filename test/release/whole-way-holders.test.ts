import { rmSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { FaultRule } from "../../src/local/faults/rule.ts";
import { prepareLayout } from "../support/prepared.ts";
import type { Project } from "../support/project.ts";
import { type Rehearsal, release, verify } from "../support/release.ts";
import { stage } from "../support/stage.ts";

const [first, second] = ["123456789012/ap-south-1", "123456789012/eu-west-1"] as const;
const config = `image: team/app
targets: [ap-south-1, eu-west-1, us-east-1]
repository: { create: true }
`;

let local: Rehearsal;
let made: Project;

beforeEach(async () => {
  ({ local, made } = await stage({
    Dockerfile: "FROM scratch\nCOPY . /\n",
    "slipway.yaml": config,
  }));
  await prepareLayout(made, local, { layers: [300_000] });
  await release(made, "1.0.0", { overrides: { onlyTargets: [first, second] } });
  rmSync(join(local.cacheDir, "layouts"), { recursive: true });
});

describe("an image that two targets have and a third one lacks", () => {
  it.each<[string, FaultRule]>([
    ["is down", { method: "GET", path: "/v2/*/blobs/*", fault: "status", status: 503 }],
    [
      "may not be read",
      { method: "GET", path: "/v2/*/blobs/*", fault: "error", code: "DENIED", status: 403 },
    ],
    ["breaks off in each blob", { plane: "storage", fault: "truncate" }],
    ["has other bytes", { plane: "storage", fault: "corrupt" }],
  ])("comes from the other one where the first %s", async (_what, fault) => {
    local.ecr.setFaults({ rules: [{ registry: first, ...fault }] });
    const { plan, events } = await release(made, "1.0.0");
    expect(plan.content).toMatchObject({ from: "registry", target: first, others: [second] });
    const copy = plan.steps.find(({ action }) => action === "copy");
    expect(copy?.because).toContain(`from ${first}, else from ${second}`);
    const notes = events.flatMap((event) => (event.type === "note" ? [event.target] : []));
    expect(notes).toEqual([first]);
    local.ecr.setFaults(undefined);
    expect((await verify(made, "1.0.0")).holds).toBe(true);
  });
});
