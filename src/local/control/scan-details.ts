import { severities } from "../findings-file.ts";
import type { Image } from "../repository.ts";
import { findingsIn } from "../scanning.ts";
import { type Place, seconds } from "./call.ts";

/** The status of an image's last scan; nothing where there was none. */
export function scanStatusOf(image: Image): object {
  if (image.scannedAt === undefined) return {};
  return {
    imageScanStatus: { status: "COMPLETE", description: "The scan was completed successfully." },
  };
}

export function summaryOf(
  { state, repository }: Pick<Place, "state" | "repository">,
  image: Image,
): object {
  const findings = findingsIn(state.findings, repository, image);
  const counts = severities.map((severity): [string, number] => [
    severity,
    findings.filter((finding) => finding.severity === severity).length,
  ]);
  return {
    imageScanCompletedAt: seconds(image.scannedAt ?? 0),
    vulnerabilitySourceUpdatedAt: seconds(image.scannedAt ?? 0),
    findingSeverityCounts: Object.fromEntries(counts.filter(([, count]) => count > 0)),
  };
}

/** What `DescribeImages` tells of an image's last scan. */
export function scanDetails(place: Place, image: Image): object {
  if (image.scannedAt === undefined) return {};
  return { ...scanStatusOf(image), imageScanFindingsSummary: summaryOf(place, image) };
}
