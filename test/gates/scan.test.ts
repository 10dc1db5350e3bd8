import { describe, expect, test } from "vitest";
import { readGrype, readGrypeVersion, readTrivy } from "../../src/gates/scan/reports.ts";
import { verdictOf } from "../../src/gates/scan/verdict.ts";
import type { Vulnerability } from "../../src/gates/scan/vulnerability.ts";
import type { ScanSettings } from "../../src/release/gate.ts";

const now = new Date("2026-03-01T12:00:00Z");

function vulnerability(fields: Partial<Vulnerability> = {}): Vulnerability {
  return {
    id: "CVE-1",
    severity: "critical",
    package: "openssl",
    version: "3.0.1",
    fix: "yes",
    fixedIn: "3.0.9",
    since: "2026-01-01T00:00:00.000Z",
    url: "",
    ...fields,
  };
}

type Wish = Partial<Omit<ScanSettings, "fail"> & ScanSettings["fail"]>;

function judged(wish: Wish, ...vulnerabilities: readonly Vulnerability[]) {
  const { ignore = [], ...fail } = wish;
  const settings: ScanSettings = {
    with: "trivy",
    fail: { severity: "critical", fixable: false, isNew: false, ...fail },
    ignore,
  };
  return verdictOf(settings, [{ place: "linux/amd64", vulnerabilities }], now);
}

const codes = (...given: Parameters<typeof judged>) =>
  judged(...given).findings.map(({ code, level }) => `${code} ${level}`);
const refused = ["VULNERABLE_PACKAGE error"];

describe("thresholds", () => {
  test("a severity and all that is worse", () => {
    const [high, unknown] = [
      vulnerability({ severity: "high" }),
      vulnerability({ id: "CVE-2", severity: "unknown" }),
    ];
    expect(codes({}, high)).toEqual([]);
    expect(codes({ severity: "medium" }, high)).toEqual(refused);
    expect(codes({ severity: "low" }, unknown)).toEqual([]);
    expect(judged({}, high, unknown).counts).toMatchObject({ critical: 0, high: 1, other: 1 });
  });

  test("what has a fix alone; where nobody tells it counts as one", () => {
    expect(codes({ fixable: true }, vulnerability({ fix: "no" }))).toEqual([]);
    expect(codes({ fixable: true }, vulnerability({ fix: "unknown" }))).toEqual(refused);
    expect(codes({ fixable: true }, vulnerability())).toEqual(refused);
  });

  test("what has been known for so many days; where nobody tells it has", () => {
    const at = (since: string | null) => codes({ olderThanDays: 30 }, vulnerability({ since }));
    expect(at("2026-01-30T12:00:00Z")).toEqual(refused);
    expect(at("2026-01-30T12:00:01Z")).toEqual([]);
    expect(at(null)).toEqual(refused);
  });
});

describe("suppressions", () => {
  const ignore = (until: string, id = "CVE-1") => ({
    ignore: [{ id, reason: "not called", until }],
  });

  test("hold to the end of their last day, are told when they are over, and when nothing needs them", () => {
    expect(codes(ignore("2026-03-01"), vulnerability())).toEqual([]);
    expect(judged(ignore("2026-03-01"), vulnerability()).counts).toMatchObject({
      critical: 0,
      ignored: 1,
    });
    const over = judged(ignore("2026-02-28"), vulnerability()).findings;
    expect(over.map(({ code, level }) => [code, level])).toEqual([
      ["VULNERABLE_PACKAGE", "error"],
      ["IGNORE_EXPIRED", "warning"],
    ]);
    expect(over[1]?.message).toBe("it was ignored until 2026-02-28: not called");
    expect(codes(ignore("2027-01-01", "CVE-2"), vulnerability())).toEqual([
      ...refused,
      "IGNORE_UNUSED info",
    ]);
  });
});

test("one finding for a package, with all that is wrong with it, where it is; the worst first", () => {
  const settings: ScanSettings = {
    with: "grype",
    fail: { severity: "high", fixable: false, isNew: false },
    ignore: [],
  };
  const zlib = vulnerability({ id: "CVE-9", package: "zlib", severity: "high", fixedIn: "" });
  const openssl = [vulnerability({ id: "CVE-2", severity: "high" }), vulnerability()];
  const scanned = ["linux/amd64", "linux/arm64"].map((place) => ({
    place,
    vulnerabilities: [zlib, ...openssl],
  }));
  const { findings } = verdictOf(settings, scanned, now);
  expect(findings.map(({ place, message }) => `${place}: ${message}`)).toEqual([
    "linux/amd64, linux/arm64: openssl 3.0.1: CVE-1 (critical), CVE-2 (high)",
    "linux/amd64, linux/arm64: zlib 3.0.1: CVE-9 (high)",
  ]);
  expect(findings[0]?.repair).toContain("update to 3.0.9");
  expect(findings[1]?.repair).toContain("gates.scan.ignore");
});

describe("against the release before", () => {
  const settings: ScanSettings = {
    with: "trivy",
    fail: { severity: "high", fixable: false, isNew: true },
    ignore: [],
  };
  const [old, fresh] = [vulnerability(), vulnerability({ id: "CVE-2", severity: "high" })];
  const place = "linux/amd64";

  test("what it had is told, by the same name of the package, and only what is new refuses", () => {
    const before = [
      vulnerability({ version: "2.9.9" }),
      vulnerability({ id: "CVE-2", package: "zlib" }),
    ];
    const scanned = [{ place, vulnerabilities: [old, fresh], before }];
    const { findings, counts } = verdictOf(settings, scanned, now, "1.3.0");
    expect(findings.map(({ level, isNew, message }) => [level, isNew, message])).toEqual([
      ["warning", false, "openssl 3.0.1: CVE-1 (critical), as in 1.3.0"],
      ["error", true, "openssl 3.0.1: CVE-2 (high), new since 1.3.0"],
    ]);
    expect(counts).toMatchObject({ critical: 1, high: 1, fresh: 1 });
  });

  test("what nobody knows of counts as new, and is said", () => {
    const unknown = { place: "linux/arm64", vulnerabilities: [old] };
    const scanned = [{ place, vulnerabilities: [old], before: [old] }, unknown];
    const { findings } = verdictOf(settings, scanned, now, "1.3.0");
    expect(findings.map(({ code, level, place }) => [code, level, place])).toEqual([
      ["VULNERABLE_PACKAGE", "error", "linux/amd64, linux/arm64"],
      ["SCAN_BEFORE_UNKNOWN", "info", "linux/arm64"],
    ]);
    const first = verdictOf(settings, [unknown], now).findings;
    expect(first.map(({ level, message }) => [level, message])).toEqual([
      ["error", "openssl 3.0.1: CVE-1 (critical)"],
      ["info", "there is no release before to compare with"],
    ]);
  });
});

describe("reports, in the form of their tools' documentation", () => {
  test("of grype, which does not say since when", () => {
    const report = {
      matches: [
        {
          vulnerability: {
            id: "GHSA-jfh8-c2jp-5v3q",
            dataSource: "https://github.com/advisories/GHSA-jfh8-c2jp-5v3q",
            severity: "Critical",
            fix: { versions: ["2.15.0"], state: "fixed" },
          },
          artifact: { name: "log4j-core", version: "2.14.1", type: "java-archive" },
        },
        {
          vulnerability: { id: "CVE-2", severity: "Negligible", fix: { state: "wont-fix" } },
          artifact: { name: "perl", version: "5" },
        },
      ],
      descriptor: { name: "grype", version: "0.104.0" },
    };
    expect(readGrype(report)).toMatchObject([
      { id: "GHSA-jfh8-c2jp-5v3q", severity: "critical", fix: "yes", fixedIn: "2.15.0" },
      { id: "CVE-2", severity: "negligible", fix: "no", since: null, package: "perl" },
    ]);
    expect(readGrypeVersion({ version: "0.104.0" }, { built: "2026-03-01T06:00:00Z" })).toEqual({
      version: "0.104.0",
      database: "2026-03-01T06:00:00.000Z",
    });
  });

  test("of trivy without a finding, and what is no report", () => {
    expect(readTrivy({ SchemaVersion: 2, Results: [{ Target: "x" }] })).toEqual([]);
    expect(readTrivy({ SchemaVersion: 2 })).toEqual([]);
    expect(() => readTrivy([{ Target: "x" }])).toThrow("schema nothing");
    expect(() => readGrype(undefined)).toThrow("no matches");
  });
});
