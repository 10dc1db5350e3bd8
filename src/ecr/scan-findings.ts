import type { EnhancedImageScanFinding, ImageScanFinding } from "@aws-sdk/client-ecr";
import type { ScannedVulnerability } from "./types.ts";

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageScanFinding.html */
export function basicVulnerability(finding: ImageScanFinding): ScannedVulnerability {
  const { name = "", severity = "UNDEFINED", uri = "", attributes = [] } = finding;
  const attribute = (key: string) => attributes.find((one) => one.key === key)?.value ?? "";
  return {
    id: name,
    severity,
    package: attribute("package_name"),
    version: attribute("package_version"),
    fix: "unknown",
    fixedIn: "",
    since: null,
    url: uri,
  };
}

const fixes = { YES: "yes", PARTIAL: "yes", NO: "no" } as const;

/**
 * One for each package that a finding of Inspector names; none for a finding that Inspector has closed or suppressed.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_EnhancedImageScanFinding.html
 */
export function enhancedVulnerability(finding: EnhancedImageScanFinding): ScannedVulnerability[] {
  const { severity = "UNDEFINED", status = "ACTIVE", fixAvailable = "", title = "" } = finding;
  if (status !== "ACTIVE") return [];
  const details = finding.packageVulnerabilityDetails ?? {};
  const { vulnerablePackages: packages = [], sourceUrl: url = "" } = details;
  const id = details.vulnerabilityId ?? title;
  const since = details.vendorCreatedAt ?? finding.firstObservedAt;
  const fix = fixes[fixAvailable as keyof typeof fixes] ?? "unknown";
  return (packages.length > 0 ? packages : [{}]).map((one) => ({
    id,
    severity,
    package: one.name ?? "",
    version: [one.version, one.release].filter(Boolean).join("-"),
    fix,
    fixedIn: one.fixedInVersion && one.fixedInVersion !== "NotAvailable" ? one.fixedInVersion : "",
    since: since?.toISOString() ?? null,
    url,
  }));
}
