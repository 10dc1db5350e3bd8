import type { Finding, GateSubject, Judgement, ScanSettings } from "../../release/gate.ts";
import { plural } from "../../wording.ts";
import type { GatePlace } from "../judge.ts";
import { scanLayout } from "./scan-layout.ts";
import { scanRegistries } from "./scan-registry.ts";
import { installing, ScannerFailure } from "./scanners.ts";
import { type ScanVerdict, verdictOf } from "./verdict.ts";

/** Whether known vulnerabilities are in the image, by a scanner of this machine or by ECR itself. */
export async function judgeScan(
  settings: ScanSettings,
  subject: GateSubject,
  place: GatePlace,
): Promise<Judgement> {
  try {
    const { tool, images, findings } = await scanned(settings, subject, place);
    const since = subject.before?.version;
    const verdict = verdictOf(settings, images, place.now(), since);
    const many = plural(images.length, "image");
    const { fresh } = verdict.counts;
    const compared = settings.fail.isNew ? `, ${fresh} new${since ? ` since ${since}` : ""}` : "";
    return {
      findings: [...verdict.findings, ...findings],
      summary: `${tool}: ${summaryOf(verdict)} in ${many}${compared}`,
    };
  } catch (error) {
    if (!(error instanceof ScannerFailure)) throw error;
    return { findings: [failed(settings.with, error)], summary: "" };
  }
}

async function scanned({ with: tool, fail }: ScanSettings, subject: GateSubject, place: GatePlace) {
  const { image, published } = subject;
  const before = fail.isNew ? subject.before : undefined;
  if (tool !== "ecr" && image) {
    return { ...(await scanLayout(tool, image, place, before)), findings: [] };
  }
  if (tool === "ecr" && published) {
    return { tool: "ECR", ...(await scanRegistries(published, place, before)) };
  }
  throw new Error("the scan gate has no image to look at");
}

function summaryOf({ counts: { critical, high, other, ignored } }: ScanVerdict): string {
  const said = [`${critical} critical`, `${high} high`, `${other} other`];
  return [...said, ...(ignored > 0 ? [`${ignored} ignored`] : [])].join(", ");
}

function failed(tool: string, { message, isMissing }: ScannerFailure): Finding {
  return {
    code: isMissing ? "SCANNER_MISSING" : "SCAN_FAILED",
    level: "error",
    place: tool,
    message,
    reason: "what was not looked at has not passed",
    repair: isMissing
      ? installing(tool)
      : "run it by hand and see; its database may not be reachable from here",
  };
}
