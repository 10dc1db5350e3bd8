import { beforeEach, expect, it } from "vitest";
import type { FaultRule } from "../../src/local/faults/rule.ts";
import { prepareLayout } from "../support/prepared.ts";
import type { Project } from "../support/project.ts";
import { type Rehearsal, release, verify } from "../support/release.ts";
import { stage } from "../support/stage.ts";

const config = `image: team/app
targets: [us-east-1]
repository: { create: true }
`;

let local: Rehearsal;
let made: Project;

beforeEach(async () => {
  ({ local, made } = await stage({ Dockerfile: "FROM scratch\n", "slipway.yaml": config }));
  await prepareLayout(made, local);
});

const unknown = { fault: "error", code: "RepositoryNotFoundException", status: 400 } as const;

/** After the plan has found that there is none. */
it.each<[string, FaultRule]>([
  ["reads of it", { fault: "lag", reads: 4 }],
  [
    "uploads",
    { method: "POST", path: "/v2/*", fault: "error", code: "NAME_UNKNOWN", status: 404, times: 9 },
  ],
  ["tags that are asked for", { operation: "BatchGetImage", ...unknown, times: 2 }],
  ["tags that are written", { operation: "PutImage", ...unknown, times: 2 }],
])("a repository just made may not be shown at once to %s", async (_what, fault) => {
  local.ecr.setFaults({ rules: [fault] });
  await release(made, "1.0.0");
  local.ecr.setFaults(undefined);
  expect((await verify(made, "1.0.0")).holds).toBe(true);
});

it("of one that was there before it is an answer", async () => {
  await release(made, "1.0.0");
  made.commit({ "more.txt": "more" });
  await prepareLayout(made, local, { seed: "more" });
  local.ecr.setFaults({ rules: [{ operation: "PutImage", ...unknown }] });
  local.requests.length = 0;
  await expect(release(made, "1.1.0")).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(local.requests.filter(({ operation }) => operation === "PutImage").length).toBe(1);
});
