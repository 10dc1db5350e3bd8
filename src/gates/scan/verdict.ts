import type { Finding, ScanSettings } from "../../release/gate.ts";
import {
  bySeverity,
  isAtLeastAsBad,
  type ScannedImage,
  type Vulnerability,
} from "./vulnerability.ts";

const dayMs = 86_400_000;

/** A vulnerability of a package, and everywhere that it was found. */
interface Spread extends Vulnerability {
  readonly places: readonly string[];
  /** That the release before did not have it, or nobody knows, in one of these places. */
  readonly isNew: boolean;
}

/** What the thresholds and the suppressions make of what was found; `now` decides about age and expiry. */
export interface ScanVerdict {
  readonly findings: readonly Finding[];
  readonly counts: Readonly<Record<"critical" | "high" | "other" | "ignored" | "fresh", number>>;
}

/**
 * An error for each package that has a vulnerability over the threshold, worst first, each with all of them: one
 * update repairs them together. A suppression that is over hides nothing any more and is told itself. What a scanner
 * does not tell (whether there is a fix, since when it is known) counts against the image. Where only what is new refuses, the
 * rest is a warning; `since` is the version of the release before, as far as there is one.
 */
export function verdictOf(
  settings: ScanSettings,
  scanned: readonly ScannedImage[],
  now: Date,
  since?: string,
): ScanVerdict {
  const all = spread(scanned);
  const today = now.toISOString().slice(0, 10);
  const ignored = new Set(settings.ignore.flatMap(({ id, until }) => (until >= today ? [id] : [])));
  const counted = all.filter(({ id }) => !ignored.has(id));
  const failing = counted.filter((one) => fails(one, settings, now));
  const ids = new Set(all.map(({ id }) => id));
  const count = (...severities: readonly string[]) =>
    counted.filter(({ severity }) => severities.includes(severity)).length;
  return {
    findings: [
      ...[...Map.groupBy(failing, packageOf).values()]
        .map((group) => group.toSorted((a, b) => bySeverity(a.severity, b.severity)))
        .toSorted(([a], [b]) => (a && b ? bySeverity(a.severity, b.severity) : 0))
        .map((group) => packageFinding(group, settings, since)),
      ...(settings.fail.isNew ? unknownFinding(scanned, since) : []),
      ...settings.ignore.flatMap((one) => suppressionFinding(one, ids, today)),
    ],
    counts: {
      critical: count("critical"),
      high: count("high"),
      other: count("medium", "low", "negligible", "unknown"),
      ignored: all.length - counted.length,
      fresh: counted.filter(({ isNew }) => isNew).length,
    },
  };
}

function spread(scanned: readonly ScannedImage[]): Spread[] {
  const found = scanned.flatMap(({ place, vulnerabilities, before }) => {
    const had = new Set(before?.map(identityOf));
    return vulnerabilities.map((one) => ({ ...one, place, isNew: !had.has(identityOf(one)) }));
  });
  const groups = Map.groupBy(found, (one) => [one.id, one.package, one.version].join("\n"));
  return [...groups.values()].flatMap((group) => {
    const [worst] = group.toSorted((a, b) => bySeverity(a.severity, b.severity));
    if (worst === undefined) return [];
    const { place: _, ...one } = worst;
    const places = [...new Set(group.map(({ place }) => place))];
    return [{ ...one, places, isNew: group.some(({ isNew }) => isNew) }];
  });
}

/** Another version of a package that has the same vulnerability brings no new one. */
function identityOf(one: Vulnerability): string {
  return `${one.id}\n${one.package}`;
}

function fails(one: Vulnerability, { fail }: ScanSettings, now: Date): boolean {
  if (!isAtLeastAsBad(one.severity, fail.severity)) return false;
  if (fail.fixable && one.fix === "no") return false;
  if (fail.olderThanDays === undefined || one.since === null) return true;
  return now.getTime() - Date.parse(one.since) >= fail.olderThanDays * dayMs;
}

function packageOf(one: Spread): string {
  return [one.package, one.version, one.isNew, ...one.places].join("\n");
}

function packageFinding(
  group: readonly Spread[],
  { fail }: ScanSettings,
  since: string | undefined,
): Finding {
  const [first] = group;
  if (first === undefined) throw new Error("a package without a vulnerability");
  const name = [first.package || "(a package that the scan does not name)", first.version];
  const fixes = [...new Set(group.map(({ fixedIn }) => fixedIn).filter(Boolean))];
  const ids = group.map(({ id, severity }) => `${id} (${severity})`).join(", ");
  return {
    code: "VULNERABLE_PACKAGE",
    level: fail.isNew && !first.isNew ? "warning" : "error",
    place: first.places.join(", "),
    message: `${name.filter(Boolean).join(" ")}: ${ids}${fail.isNew ? noveltyOf(first, since) : ""}`,
    ...(fail.isNew && { isNew: first.isNew }),
    reason: `known vulnerabilities of severity ${fail.severity} or worse${fail.fixable ? " that can be fixed" : ""}`,
    repair:
      fixes.length > 0
        ? `update to ${fixes.join(" or ")}: rebuild on a newer base image, or update the package`
        : "take the package out, or name the id in gates.scan.ignore with a reason and a date",
    ...(first.url !== "" && { url: first.url }),
  };
}

function noveltyOf({ isNew }: Spread, since: string | undefined): string {
  if (since === undefined) return "";
  return isNew ? `, new since ${since}` : `, as in ${since}`;
}

function unknownFinding(scanned: readonly ScannedImage[], since: string | undefined): Finding[] {
  const unknown = scanned.filter(({ before }) => before === undefined);
  if (unknown.length === 0) return [];
  return [
    {
      code: "SCAN_BEFORE_UNKNOWN",
      level: "info",
      place: unknown.map(({ place }) => place).join(", "),
      message:
        since === undefined
          ? "there is no release before to compare with"
          : `no scan of this in ${since} is known here`,
      reason: "all that is found counts as new",
      repair:
        since === undefined
          ? "nothing: the next release is compared with this one"
          : "keep Slipway's cache between releases; with: ecr asks ECR for the scan of the release before",
    },
  ];
}

function suppressionFinding(
  { id, reason, until }: ScanSettings["ignore"][number],
  found: ReadonlySet<string>,
  today: string,
): Finding[] {
  const place = `gates.scan.ignore ${id}`;
  if (!found.has(id)) {
    const message = `${id} is in no scanned image any more`;
    const why = "a suppression that nothing needs hides the next one of that name";
    return [
      { code: "IGNORE_UNUSED", level: "info", place, message, reason: why, repair: "take it out" },
    ];
  }
  if (until >= today) return [];
  const message = `it was ignored until ${until}: ${reason}`;
  const why = "a suppression is a decision for a time, and that time is over";
  const repair = "look at it again: update the package, or give it a new date";
  return [{ code: "IGNORE_EXPIRED", level: "warning", place, message, reason: why, repair }];
}
