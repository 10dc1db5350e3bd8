import { expect, it } from "vitest";
import { promote, wanting } from "../promotion/promotions.ts";
import { pushWithBelongings } from "../promotion/tree.ts";
import { prepareLayout } from "../support/prepared.ts";
import { project } from "../support/project.ts";
import { rehearsal, release } from "../support/release.ts";

const failing = "123456789012/eu-central-1";
const slow = "123456789012/us-east-1";

/** One registry takes no tag from the nth on, while those of another take their time. */
const faults = (registry: string, other: string, after: number) => ({
  rules: [
    { registry, operation: "PutImage", after, fault: "error", code: "KmsException", status: 400 },
    { registry: other, operation: "PutImage", fault: "stall", milliseconds: 400 },
  ] as const,
});

it("is told when every tag of the other targets is written that was on its way", async () => {
  await using local = await rehearsal();
  using made = project({
    Dockerfile: "FROM scratch\n",
    "slipway.yaml": `image: team/app
targets: [us-east-1, eu-central-1]
repository: { create: true }
`,
  });
  await prepareLayout(made, local);
  local.ecr.setFaults(faults(failing, slow, 2));
  const { message } = await release(made, "1.0.0").then(
    () => new Error("released"),
    (error: Error) => error,
  );
  expect(message).toMatch(new RegExp(`${failing}: 1\\.0\\.0, sha-\\w+ done; not done`));
  expect(message).toMatch(new RegExp(`${slow}: 1\\.0\\.0, sha-\\w+, 1\\.0, 1, latest done$`, "m"));
});

it("is told so of a promotion", async () => {
  const [near, far] = ["123456789012/eu-west-1", "123456789012/us-west-2"] as const;
  await using local = await rehearsal();
  await pushWithBelongings(local, ["1.4.0", "sha-0123456789ab"]);
  local.ecr.setFaults(faults(near, far, 0));
  const to = ["eu-west-1", "us-west-2"].map((region) => ({ target: { region } }));
  const { message } = await promote(wanting({ to })).then(
    () => new Error("promoted"),
    (error: Error) => error,
  );
  expect(message).toMatch(new RegExp(`${near}/team/app: not done`));
  expect(message).toMatch(new RegExp(`${far}/team/app: sha256-\\w+\\.\\w+.* done; not done`));
});
