import { list, object, text } from "../../loose.ts";
import { showValue } from "../../wording.ts";
import { severityOf, type Vulnerability } from "./vulnerability.ts";

/** What a scanner printed cannot be read as its report. */
export class UnreadableReport extends Error {}

/** A report of `trivy image --format json` (schema 2): https://trivy.dev/latest/docs/configuration/reporting/#json */
export function readTrivy(json: unknown): Vulnerability[] {
  const { SchemaVersion, Results } = object(json);
  if (SchemaVersion !== 2) {
    throw new UnreadableReport(`trivy's report has schema ${showValue(SchemaVersion)}`);
  }
  return list(Results).flatMap((result) =>
    list(object(result).Vulnerabilities).map((entry) => {
      const one = object(entry);
      const fixedIn = text(one.FixedVersion);
      return {
        id: text(one.VulnerabilityID),
        severity: severityOf(text(one.Severity)),
        package: text(one.PkgName),
        version: text(one.InstalledVersion),
        fix: fixedIn === "" ? ("no" as const) : ("yes" as const),
        fixedIn,
        since: date(one.PublishedDate),
        url: text(one.PrimaryURL),
      };
    }),
  );
}

const grypeFixes: Readonly<Record<string, Vulnerability["fix"]>> = {
  fixed: "yes",
  "not-fixed": "no",
  "wont-fix": "no",
};

/** A report of `grype -o json`: https://github.com/anchore/grype/tree/main/schema/grype/json. It does not say since when. */
export function readGrype(json: unknown): Vulnerability[] {
  const { matches } = object(json);
  if (!Array.isArray(matches)) throw new UnreadableReport("grype's report has no matches");
  return matches.map((match) => {
    const { vulnerability, artifact } = object(match);
    const { id, severity, dataSource, fix } = object(vulnerability);
    const { state, versions } = object(fix);
    return {
      id: text(id),
      severity: severityOf(text(severity)),
      package: text(object(artifact).name),
      version: text(object(artifact).version),
      fix: grypeFixes[text(state)] ?? "unknown",
      fixedIn: list(versions).map(text).join(", "),
      since: null,
      url: text(dataSource),
    };
  });
}

/** A tool's version, and the date of its database; `null` where it does not tell. */
export interface ScannerFacts {
  readonly version: string;
  readonly database: string | null;
}

/** `trivy version --format json`; without a database before its first run. */
export function readTrivyVersion(json: unknown): ScannerFacts {
  const { Version, VulnerabilityDB } = object(json);
  return { version: text(Version), database: date(object(VulnerabilityDB).UpdatedAt) };
}

/** `grype version -o json` and `grype db status -o json`. */
export function readGrypeVersion(version: unknown, status: unknown): ScannerFacts {
  return { version: text(object(version).version), database: date(object(status).built) };
}

function date(value: unknown): string | null {
  const time = Date.parse(text(value));
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}
