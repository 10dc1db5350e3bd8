import { beforeEach, describe, expect, it } from "vitest";
import type { FaultRule } from "../../src/local/server.ts";
import { push } from "../promotion/tree.ts";
import { makeImage } from "../support/layout.ts";
import { type Project, project } from "../support/project.ts";
import { type Rehearsal, rollback, verify } from "../support/release.ts";
import { stage } from "../support/stage.ts";

const down = "123456789012/eu-west-1";
const up = ["123456789012/us-east-1", "123456789012/us-west-2"];
const isDown = (more: Partial<FaultRule> = {}) => ({
  rules: [{ registry: down, fault: "reset", when: "before", ...more } as FaultRule],
});

let local: Rehearsal;
let made: Project;
beforeEach(async () => {
  ({ local, made } = await stage({
    Dockerfile: "FROM scratch\n",
    "slipway.yaml": "image: team/app\ntargets: [eu-west-1, us-east-1, us-west-2]\n",
  }));
  for (const region of ["eu-west-1", "us-east-1", "us-west-2"]) {
    await push(local, ["1.0.0"], makeImage({ seed: "1.0.0" }), { region });
    await push(local, ["1.1.0", "latest"], makeImage({ seed: "1.1.0" }), { region });
  }
});

describe.each([
  ["its API", {}],
  ["its registry alone", { plane: "registry" }],
] as const)("a region of which %s does not answer", (_, more) => {
  it("is told of by verify beside those that do", async () => {
    local.ecr.setFaults(isDown(more));
    const { holds, targets } = await verify(made, "1.1.0");
    expect(holds).toBe(false);
    expect(targets.map(({ id }) => id)).toEqual([down, ...up]);
    const [first, ...others] = targets;
    expect(first?.checks).toMatchObject([{ name: "reached", holds: false }]);
    for (const { checks } of others) {
      expect(checks).toContainEqual({
        name: "all targets agree",
        holds: true,
        found: "1 digest",
      });
      expect(checks.find(({ name }) => name === "content")?.holds).toBe(true);
    }
  });

  it("does not keep a rollback from the others, which it names", async () => {
    local.ecr.setFaults(isDown(more));
    await expect(rollback(made, { tag: "latest", to: { version: "1.0.0" } })).rejects.toMatchObject(
      {
        suggestions: [
          expect.any(String),
          "--region us-east-1 --region us-west-2 moves latest there now; later, the same command without it does the rest",
        ],
      },
    );
  });
});

it("calls it a permission where a role may not be assumed", async () => {
  const role = "arn:aws:iam::210987654321:role/release";
  using other = project({
    Dockerfile: "FROM scratch\n",
    "slipway.yaml": `image: team/app\ntargets: [us-east-1, { region: eu-west-1, account: "210987654321", role: "${role}" }]\n`,
  });
  local.ecr.setFaults({ rules: [{ operation: "STS", fault: "error", code: "AccessDenied" }] });
  const { targets } = await verify(other, "1.1.0");
  expect(targets.map(({ id, checks }) => [id, checks[0]?.name])).toEqual([
    ["123456789012/us-east-1", "tag 1.1.0"],
    ["210987654321/eu-west-1", "permission"],
  ]);
});

it("is an error of verify where none answers", async () => {
  local.ecr.setFaults({ rules: [{ plane: "registry", fault: "reset", when: "before" }] });
  await expect(verify(made, "1.1.0")).rejects.toMatchObject({
    code: "REGISTRY_UNAVAILABLE",
    message: expect.stringContaining("3 of 3 targets do not answer"),
  });
});
