import { describe, expect, it } from "vitest";
import PromoteCommand from "../../commands/promote.ts";
import ReleaseCommand from "../../commands/release.ts";
import VerifyCommand from "../../commands/verify.ts";
import type { PromotionReceipt } from "../../src/promotion/receipt.ts";
import type { Verification } from "../../src/release/verify.ts";
import {
  commitOf,
  promote,
  regions,
  releaseAgain,
  releaseNew,
  removeAt,
  rollback,
  run,
  stageRollbacks,
  versionAt,
  versionOf,
} from "./stage.ts";

const { local, made } = stageRollbacks();

describe("a rollback", () => {
  it("takes the tag back by the receipts, and no release of what there is moves it again", async () => {
    await releaseNew("1.4.0", "1.5.0", "1.5.1");
    const { exit, text, value } = await rollback("latest");
    expect(exit, text).toBe(0);
    expect(value.newerThan).toBe("1.5.1");
    expect(value.targets.map(({ state }) => state)).toEqual(["moved", "moved"]);
    expect(await versionOf("latest")).toBe("1.5.0");
    expect(await versionOf("1")).toBe("1.5.1");
    for (const version of ["1.5.1", "1.5.0", "1.4.0"]) {
      await releaseAgain(version);
      expect(await versionOf("latest"), `after ${version} again`).toBe("1.5.0");
    }
    await releaseNew("1.4.1");
    expect([await versionOf("1.4"), await versionOf("latest")]).toEqual(["1.4.1", "1.5.0"]);
    const verified = await run(VerifyCommand, "1.5.1");
    const { targets } = verified.value as Verification;
    const checks = targets.flatMap((target) => target.checks);
    const found = checks.flatMap((check) => (check.name === "tag latest" ? [check.found] : []));
    expect(verified.exit).toBe(0);
    expect(found).toEqual(
      regions.map(() => "at 1.5.0, rolled back, until there is one newer than 1.5.1"),
    );
    await releaseNew("1.5.2");
    expect(await versionOf("latest")).toBe("1.5.2");
    // The way back from 1.5.2 leads to where the tag was, and not to the version that was bad.
    await rollback("latest");
    expect(await versionOf("latest")).toBe("1.5.0");
  });

  it("further back stays below the first version that it left", async () => {
    await releaseNew("1.3.0", "1.4.0", "1.5.0");
    await rollback("latest");
    const { value } = await rollback("latest", "--to", "1.3.0");
    expect(value.newerThan).toBe("1.5.0");
    await releaseAgain("1.4.0");
    await releaseAgain("1.5.0");
    expect(await versionOf("latest")).toBe("1.3.0");
  });

  it("is not undone by a promotion of what it went back from", async () => {
    await releaseNew("1.4.0", "1.5.0");
    await rollback("latest");
    const { exit, stderr, value } = await run(PromoteCommand, "1.5.0", "--to", "us-east-1");
    expect(exit, stderr).toBe(0);
    expect(await versionOf("latest")).toBe("1.4.0");
    // The plan knew it, and why.
    expect((value as PromotionReceipt).steps.map(({ step }) => step)).toContainEqual({
      named: "1.5.0",
      action: "keep",
      target: "123456789012/us-east-1/team/app",
      what: "tag latest",
      because: "rolled back: only a version newer than 1.5.0 moves it",
    });
  });

  it("is not undone by a release anew of what it went back from, once that was deleted", async () => {
    await releaseNew("1.4.0", "1.5.0");
    await rollback("latest");
    for (const region of regions) await removeAt(region, "1.5.0");
    expect(await releaseAgain("1.5.0")).toContain("only a version newer than 1.5.0 moves it");
    expect(await versionOf("latest")).toBe("1.4.0");
  });

  it("of a tag that was named holds it against promotions of what is not newer", async () => {
    await releaseNew("1.4.0", "1.5.0");
    const named = ["--to", "us-east-1", "--tag", "production"];
    for (const version of ["1.4.0", "1.5.0"]) await promote(version, ...named);
    await rollback("production", "--region", "us-east-1");
    const refused = await run(PromoteCommand, "1.5.0", ...named);
    expect([refused.exit, refused.stdout]).toEqual([3, expect.stringContaining("TAG_HELD")]);
    expect(await versionAt("us-east-1", "production")).toBe("1.4.0");
    await releaseNew("1.6.0");
    await promote("1.6.0", ...named);
    expect(await versionAt("us-east-1", "production")).toBe("1.6.0");
  });

  it("goes where the tag was at that place, whatever was before where the image came from", async () => {
    await releaseNew("1.3.0", "1.4.0", "1.5.0");
    for (const version of ["1.3.0", "1.5.0"]) await promote(version, "--to", "ap-south-1");
    const { exit, text } = await rollback("latest", "--region", "ap-south-1");
    expect(exit, text).toBe(0);
    expect(await versionAt("ap-south-1", "latest")).toBe("1.3.0");
  });

  it("holds the tag where it was made, and not where the image goes later", async () => {
    await releaseNew("1.4.0", "1.5.0");
    await rollback("latest");
    await promote("1.4.0", "--to", "ap-south-1");
    await promote("1.5.0", "--to", "ap-south-1", "--tag", "1.5.0");
    await promote("1.5.0", "--to", "ap-south-1");
    expect(await versionAt("ap-south-1", "latest")).toBe("1.5.0");
    expect(await versionOf("latest")).toBe("1.4.0");
  });

  it("is done where the registry takes no record, and says that it will not be remembered", async () => {
    await releaseNew("1.4.0", "1.5.0");
    const path = "/v2/team/app/manifests/*";
    const error = { fault: "error", code: "UNSUPPORTED", status: 405 } as const;
    local().ecr.setFaults({ rules: [{ method: "PUT", path, ...error }] });
    const { exit, text, value } = await rollback("latest");
    expect(exit).toBe(0);
    expect(value.targets.map(({ record }) => record?.state)).toEqual(["refused", "refused"]);
    expect(text).toContain("does not remember it");
    expect(await versionOf("latest")).toBe("1.4.0");
    await releaseAgain("1.5.0");
    expect(await versionOf("latest")).toBe("1.5.0");
  });

  it("without a receipt needs --to, or the file of the receipt", async () => {
    const path = "/v2/team/app/blobs/uploads/";
    await releaseNew("1.4.0");
    await releaseNew("1.5.0");
    local().ecr.setFaults({ rules: [{ method: "POST", path, fault: "status", status: 405 }] });
    made().git("checkout", "--quiet", commitOf("1.4.0"));
    const written = await run(ReleaseCommand, "1.6.0", "--receipt", "receipt.json");
    expect(written.exit, written.stderr).toBe(0);
    const refused = await rollback("latest");
    expect(refused.exit).toBe(3);
    expect(refused.text).toContain("--to VERSION: 1.5.0");
    expect(refused.value.problems[0]?.code).toBe("PREDECESSOR_UNKNOWN");
    expect((await rollback("latest", "--receipt", "receipt.json", "--dry-run")).exit).toBe(0);
    expect(await versionOf("latest")).toBe("1.6.0");
    expect((await rollback("latest", "--receipt", "receipt.json")).exit).toBe(0);
    expect(await versionOf("latest")).toBe("1.5.0");
  });

  it("refuses what is no floating tag, what is not there, and what is not whole", async () => {
    await releaseNew("1.4.0", "1.5.0");
    const codes = async (...args: string[]) => {
      const { exit, value } = await rollback(...args);
      expect(exit).toBe(3);
      return [...new Set(value.problems.map(({ code }) => code))];
    };
    expect(await codes("1.5.0")).toEqual(["TAG_FIXED"]);
    expect(await codes(`sha-${commitOf("1.5.0").slice(0, 12)}`)).toEqual(["TAG_FIXED"]);
    expect(await codes("stable")).toEqual(["TAG_MISSING"]);
    expect(await codes("latest", "--to", "1.2.0")).toEqual(["VERSION_UNKNOWN"]);
    expect(await codes("1.5", "--to", "1.4.0")).toEqual(["VERSION_OF_OTHER_LINE"]);
    expect(await codes("latest", "--to", `sha256:${"a".repeat(64)}`)).toEqual(["IMAGE_INCOMPLETE"]);
    expect(await versionOf("latest")).toBe("1.5.0");
  });
});
