import { beforeEach, describe, expect, it } from "vitest";
import type { FaultRule } from "../../src/local/server.ts";
import { observe } from "../../src/release/observe.ts";
import { planRelease } from "../../src/release/planning/plan-release.ts";
import { apply } from "../support/apply.ts";
import { prepareLayout } from "../support/prepared.ts";
import type { Project } from "../support/project.ts";
import { prepare, type Rehearsal, release, rollback, verify } from "../support/release.ts";
import { stage } from "../support/stage.ts";

let local: Rehearsal;
let made: Project;

beforeEach(async () => {
  ({ local, made } = await stage({
    "slipway.yaml": "image: team/app\ntargets: [us-east-1]\nrepository: { create: true }\n",
    Dockerfile: "FROM scratch\n",
  }));
});

async function releaseNext(version: string) {
  made.commit();
  await prepareLayout(made, local);
  return await release(made, version);
}

const lagging = (operation: string, reads: number) => {
  const rule: FaultRule = { fault: "lag", operation, reads };
  local.ecr.setFaults({ rules: [rule] });
};

describe("where reads show our own writes late", () => {
  it("a release into a repository that it just made goes on", async () => {
    lagging("BatchGetImage", 3);
    await releaseNext("1.0.0");
    local.ecr.setFaults(undefined);
    expect((await verify(made, "1.0.0")).holds).toBe(true);
  });

  it("floating tags are moved, and the receipt says so", async () => {
    await releaseNext("1.0.0");
    lagging("DescribeImages", 3);
    const { receipt } = await releaseNext("1.1.0");
    const to = receipt.digest;
    expect(receipt.targets[0]?.tags).toEqual(
      expect.arrayContaining(["1", "latest"].map((tag) => expect.objectContaining({ tag, to }))),
    );
    local.ecr.setFaults(undefined);
    expect((await verify(made, "1.1.0")).holds).toBe(true);
  });

  it("a release says what is not shown at all, and is finished by running again", async () => {
    await releaseNext("1.0.0");
    lagging("DescribeImages", 1000);
    await expect(releaseNext("1.1.0")).rejects.toMatchObject({
      code: "TAGS_UNSETTLED",
      message: expect.stringContaining("does not show 1.1.0"),
    });
    local.ecr.setFaults(undefined);
    await release(made, "1.1.0");
    expect((await verify(made, "1.1.0")).holds).toBe(true);
  });

  it("a rollback is not taken for another job's move", async () => {
    const first = await releaseNext("1.0.0");
    await releaseNext("1.1.0");
    lagging("BatchGetImage", 3);
    const { targets } = await rollback(made, { tag: "latest" });
    expect(targets).toMatchObject([{ state: "moved", to: { digest: first.receipt.digest } }]);
  });

  // As many as the five questions of a look that waits, of which the last has to be true.
  it.each([1, 4])(
    "by %i: floating tags are moved, recorded and not taken for another's",
    async (reads) => {
      const before = (await releaseNext("1.0.0")).receipt.digest;
      lagging("DescribeImages", reads);
      const { digest, targets } = (await releaseNext("1.1.0")).receipt;
      local.ecr.setFaults(undefined);
      const latest = targets[0]?.tags.find(({ tag }) => tag === "latest");
      expect(latest).toEqual(expect.objectContaining({ from: before, to: digest }));
      expect(latest?.because).toBe("1.1.0 is the newest of this line");
      // By the record that was attached before the tag moved.
      const back = await rollback(made, { tag: "latest" });
      expect(back.targets[0]?.to?.versions).toEqual(["1.0.0"]);
    },
  );

  it("tells who took the version meanwhile, and not that a tag cannot be moved", async () => {
    await releaseNext("1.0.0");
    made.commit({ "version.txt": "late" });
    await prepareLayout(made, local);
    const { request, world } = await prepare(made, "1.1.0", () => {}, {});
    const late = planRelease(request, await observe(request, world));
    // What the first job wrote is not seen by the reads of both until the second one has been refused.
    lagging("BatchGetImage", 4);
    await releaseNext("1.1.0");
    await expect(apply(late, world)).rejects.toMatchObject({ code: "VERSION_TAKEN" });
  });
});
