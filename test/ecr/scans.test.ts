import { describe, expect, test } from "vitest";
import { digestOf } from "../../src/oci/manifest.ts";
import { type Answer, scripted } from "./scripted.ts";

const digest = digestOf("an image");

const scanOf = (answers: readonly Answer[], start: Answer = {}) =>
  scripted({ DescribeImageScanFindings: answers, StartImageScan: [start] }, (ecr) =>
    ecr.scan({ name: "app" }, digest),
  );

const status = (word: string, imageScanFindings?: object) => ({
  imageScanStatus: { status: word },
  ...(imageScanFindings && { imageScanFindings }),
});
const notFound = { error: "ScanNotFoundException" };
const done = { imageScanCompletedAt: 1_772_000_000 };
const clean = { state: "scanned", vulnerabilities: [] };
const describeCall = "DescribeImageScanFindings";

describe("the wait for a scan", () => {
  test("ends with COMPLETE, and takes every page of it", async () => {
    const attributes = [
      { key: "package_name", value: "glibc" },
      { key: "package_version", value: "2.31" },
    ];
    const first = { ...done, findings: [{ name: "CVE-1", severity: "CRITICAL", attributes }] };
    const second = { ...done, findings: [{ name: "CVE-2", severity: "LOW" }] };
    const { asked, value } = await scanOf([
      status("IN_PROGRESS"),
      { ...status("COMPLETE", first), nextToken: "2" },
      status("COMPLETE", second),
    ]);
    expect(asked).toEqual([describeCall, describeCall, `${describeCall} 2`]);
    expect(value).toMatchObject({
      state: "scanned",
      vulnerabilities: [
        { id: "CVE-1", package: "glibc", version: "2.31", fix: "unknown", since: null },
        { id: "CVE-2", severity: "LOW", package: "" },
      ],
    });
  });

  test("goes on while a continuous scan is ACTIVE and has not ended once", async () => {
    const packages = [{ name: "log4j", version: "2.14", fixedInVersion: "2.15" }];
    const found = (state: string) => ({
      severity: "HIGH",
      status: state,
      fixAvailable: "YES",
      firstObservedAt: 1_772_000_000,
      packageVulnerabilityDetails: { vulnerabilityId: "CVE-3", vulnerablePackages: packages },
    });
    const enhancedFindings = [found("ACTIVE"), found("SUPPRESSED")];
    const { asked, value } = await scanOf([
      status("PENDING"),
      status("ACTIVE"),
      status("ACTIVE", { ...done, enhancedFindings }),
    ]);
    expect(asked).toHaveLength(3);
    expect(value).toMatchObject({
      vulnerabilities: [
        { id: "CVE-3", package: "log4j", fix: "yes", fixedIn: "2.15", since: /^2026-02-25/ },
      ].map((one) => ({ ...one, since: expect.stringMatching(one.since) })),
    });
  });

  test("starts a scan where none comes by itself", async () => {
    const { asked, value } = await scanOf([notFound, notFound, status("COMPLETE", done)]);
    expect(asked).toEqual([describeCall, describeCall, "StartImageScan", describeCall]);
    expect(value).toEqual(clean);
  });

  test.each(["LimitExceededException", "ValidationException"])(
    "goes on when ECR answers %s to that: the scan is another's",
    async (error) => {
      const { value } = await scanOf([notFound, notFound, status("COMPLETE", done)], { error });
      expect(value).toEqual(clean);
    },
  );

  test("ends when the image cannot be scanned", async () => {
    const { value } = await scanOf([notFound], { error: "UnsupportedImageTypeException" });
    expect(value).toMatchObject({ state: "unscanned", status: "UNSUPPORTED_IMAGE" });
  });

  test.each(["FAILED", "UNSUPPORTED_IMAGE", "SCAN_ELIGIBILITY_EXPIRED", "FINDINGS_UNAVAILABLE"])(
    "ends with %s, which is no pass",
    async (word) => {
      const { asked, value } = await scanOf([status(word)]);
      expect(value).toMatchObject({ state: "unscanned", status: word });
      expect(asked).toHaveLength(1);
    },
  );

  test("ends when it is not allowed to ask", async () => {
    await expect(scanOf([{ error: "AccessDeniedException" }])).rejects.toMatchObject({
      code: "ACCESS_DENIED",
      permission: { action: "ecr:DescribeImageScanFindings" },
    });
  });
});

describe("a scan that has ended", () => {
  const finishedOf = (answer: Answer) =>
    scripted({ [describeCall]: [answer] }, (ecr) => ecr.finishedScan({ name: "app" }, digest));

  test.each<[string, Answer, object | undefined]>([
    ["one", status("COMPLETE", done), clean],
    ["one that goes on", status("IN_PROGRESS"), undefined],
    ["one that failed", status("FAILED"), undefined],
    ["none", notFound, undefined],
    ["no image", { error: "ImageNotFoundException" }, undefined],
  ])("of %s is asked for once, and nothing is started", async (_, answer, expected) => {
    const { asked, value } = await finishedOf(answer);
    expect(asked).toEqual([describeCall]);
    expect(value).toEqual(expected);
  });
});
