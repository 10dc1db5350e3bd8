import { buildOf } from "./build.ts";
import type { ContextFacts } from "./context.ts";
import { type Ignore, ignoresIn } from "./ignores.ts";
import type { Judged, Level, Pin, Rule } from "./rule.ts";
import { takesWholeContext } from "./rules/copied.ts";
import { rules } from "./rules.ts";
import type { Dockerfile } from "./stages.ts";

/** A finding and the line that it is about. */
export interface LintFinding {
  readonly code: string;
  readonly level: Level;
  readonly line: number;
  readonly message: string;
  readonly reason: string;
  readonly repair: string;
  readonly url?: string;
}

export interface LintWish {
  readonly target?: string | undefined;
  readonly pin: Pin;
  /** Codes that are not told at all. */
  readonly ignore: readonly string[];
  readonly context?: ContextFacts | undefined;
  /** What another found in the same text; ignored by the same comments. */
  readonly others?: readonly LintFinding[];
}

/** What is said about a file as a whole and about its ignores: no rules, and they cannot be ignored inline. */
export const ownCodes = {
  NO_STAGE: "the text has no FROM: it is no Dockerfile",
  TARGET_MISSING: "no stage has the name of the build's target",
  IGNORE_UNUSED: "a slipway-ignore that ignores nothing",
  IGNORE_WITHOUT_REASON: "a slipway-ignore without a reason, which therefore does not hold",
  DOCKERFILE_UNREADABLE: "BuildKit cannot read the text: an error",
  BUILDKIT_CHECKS_MISSING: "docker or buildx could not be asked: BuildKit's own checks are missing",
  BUILDKIT_CHECKS_STOPPED:
    "BuildKit could not check to the end, as when a base image is out of reach",
} as const;

/**
 * The findings in a Dockerfile, in the order of its lines; pure. Only stages that the target needs are
 * judged. Inline ignores hold when they have a reason; one that ignores nothing is told.
 */
export function lint(file: Dockerfile, wish: LintWish): readonly LintFinding[] {
  const build = buildOf(file, wish.target);
  if (build === undefined) return [noStage(file, wish.target)];
  const judged = { ...build, pin: wish.pin, ...(wish.context && { context: wish.context }) };
  const found = withOthers(findAll(judged), wish.others ?? []);
  const ignores = ignoresIn(file);
  const kept = found.filter((finding) => !ignores.some((ignore) => holdsFor(ignore, finding)));
  return [...kept, ...ignores.flatMap((ignore) => aboutIgnore(ignore, found, wish))]
    .filter(({ code }) => !wish.ignore.includes(code))
    .sort((a, b) => a.line - b.line);
}

/** Whether the files of the context matter to the findings. */
export function wantsContext(file: Dockerfile): boolean {
  return file.instructions.some(
    (one) =>
      takesWholeContext(one) ||
      one.commands.some(({ program }) => /^(?:npm|yarn|pnpm)$/.test(program)),
  );
}

function findAll(judged: Judged): readonly LintFinding[] {
  return Object.entries<Rule>(rules).flatMap(([code, { find, level, reason, url }]) =>
    find(judged).map((hit) => ({
      code,
      level: hit.level ?? level,
      line: hit.line,
      message: hit.message,
      reason,
      repair: hit.repair,
      url,
    })),
  );
}

const secretCodes: readonly string[] = ["SECRET_IN_ARG", "SECRET_IN_ENV"];

/**
 * What BuildKit also found is told once, in the sharper words. It judges secrets by the name of the variable
 * alone, so that the fingerprint in GPG_KEY is one for it: where we see none, its word is an info.
 */
function withOthers(own: readonly LintFinding[], others: readonly LintFinding[]) {
  const has = (line: number, codes: readonly string[]) =>
    own.some((finding) => finding.line === line && codes.includes(finding.code));
  const more = others.flatMap((other): LintFinding[] => {
    if (has(other.line, [other.code])) return [];
    if (other.code !== "SecretsUsedInArgOrEnv") return [other];
    return has(other.line, secretCodes) ? [] : [{ ...other, level: "info" }];
  });
  return [...own, ...more];
}

function holdsFor({ codes, reason, first, last }: Ignore, { code, line }: LintFinding): boolean {
  return reason !== "" && codes.includes(code) && line >= first && line <= last;
}

function aboutIgnore(
  ignore: Ignore,
  found: readonly LintFinding[],
  { others }: LintWish,
): readonly LintFinding[] {
  const { codes, line, reason } = ignore;
  if (reason === "") return [withoutReason(ignore)];
  // Where BuildKit was not asked, nobody knows what it would have found.
  const unused = codes.filter(
    (code) =>
      !found.some((finding) => finding.code === code && holdsFor(ignore, finding)) &&
      (others !== undefined || code in rules),
  );
  return unused.map((code) => ({
    code: "IGNORE_UNUSED",
    level: "info",
    line,
    message: `slipway-ignore: ${code} ignores nothing`,
    reason: "it would hide the next finding of that code here",
    repair: "delete the comment",
  }));
}

function withoutReason({ codes, line }: Ignore): LintFinding {
  return {
    code: "IGNORE_WITHOUT_REASON",
    level: "warning",
    line,
    message: `slipway-ignore: ${codes.join(",")} has no reason, and does not hold`,
    reason: "whoever reads it later must know whether it still holds",
    repair: `# slipway-ignore: ${codes.join(",")} why it is right here`,
  };
}

function noStage({ stages }: Dockerfile, target: string | undefined): LintFinding {
  const names = stages.flatMap(({ name }) => name ?? []);
  const isEmpty = stages.length === 0;
  return {
    code: isEmpty ? "NO_STAGE" : "TARGET_MISSING",
    level: "error",
    line: 1,
    message: isEmpty ? "there is no FROM" : `there is no stage '${target}'`,
    reason: "nothing can be built from it",
    repair: isEmpty
      ? "begin a stage: FROM IMAGE:VERSION"
      : `choose one of ${names.join(", ") || `0 to ${stages.length - 1}`}`,
  };
}
