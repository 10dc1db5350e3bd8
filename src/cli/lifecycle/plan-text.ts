import { describeRule } from "../../lifecycle/describe.ts";
import type { Amount, Effect, EffectChange } from "../../lifecycle/effect.ts";
import type { LifecyclePolicy } from "../../lifecycle/policy.ts";
import { isDeparture } from "../../lifecycle/verdict.ts";
import type { Applied } from "../../retention/apply.ts";
import { everyRepository, type PlaceFailure } from "../../retention/places.ts";
import {
  isRefused,
  isToBeWritten,
  type RepositoryPlan,
  type RetentionPlan,
} from "../../retention/plan.ts";
import { plural } from "../../wording.ts";
import { bold, dim, green, red, yellow } from "../terminal/style.ts";
import { columns, formatBytes, formatTime, paragraph, shortDigest } from "../terminal/units.ts";
import { changeLines, labelled, lintLines } from "./policy-text.ts";
import { hiddenPreviewLines, previewLines } from "./preview-text.ts";
import { imageName, showTime } from "./words.ts";

const states: Readonly<Record<RepositoryPlan["state"], string>> = {
  same: green("the policy in place means the same"),
  differs: yellow("another policy is in place"),
  none: yellow("there is no policy"),
  remove: yellow("the policy in place will be removed"),
  "no-repository": red("there is no such repository"),
};

/** More repositories than these are shown one a line. */
const inDetail = 5;
const imagesShown = 12;

/** The lines of the first few, and how many more there are. */
function firstOf<T>(all: readonly T[], linesOf: (one: T) => string[], indent = ""): string[] {
  const more = all.length - imagesShown;
  return [
    ...all.slice(0, imagesShown).flatMap(linesOf),
    ...(more > 0 ? [dim(`${indent}and ${more} more; --json tells all`)] : []),
  ];
}

/** What a plan would do, for people: each repository in detail, or a table when they are many. */
export function retentionPlanText(plan: RetentionPlan, width?: number): string {
  const { repositories, failures, unreadableInUse } = plan;
  const isShort = repositories.length <= inDetail;
  const chosen = isShort ? repositories : repositories.filter(isRefused);
  const shown = chosen.length <= inDetail ? chosen : [];
  const others = repositories.filter((one) => !shown.includes(one));
  return [
    ...(isShort ? [] : [...tableLines(repositories), ""]),
    ...shown.flatMap((one) => repositoryLines(one, width)),
    ...others.filter(isRefused).flatMap((one) => refusedLines(one, width)),
    ...hiddenLines(others, width),
    ...firstOf(unreadableInUse, (text) => [yellow(`in use, and not an image reference: ${text}`)]),
    ...inUseLines(plan),
    ...failureLines(failures),
    ...summaryLines(plan),
  ].join("\n");
}

/** References of a saved plan are of the day on which it was saved. */
export function savedInUseLines({ at, guards }: RetentionPlan): string[] {
  if (guards.inUse.length === 0) return [];
  const then = `what ran at ${formatTime(at)}, when the plan was saved`;
  return [yellow(`in use: ${then}; --in-use FILE adds what runs now`)];
}

/** How much what was given protects: references of another cluster or account are all passed over. */
function inUseLines({ guards, repositories }: RetentionPlan): string[] {
  if (guards.inUse.length === 0) return [];
  const images = repositories.reduce((sum, { inUse }) => sum + inUse.length, 0);
  const given = plural(guards.inUse.length, "reference");
  if (images === 0) return [yellow(`in use: ${given}, and none names an image here`)];
  return [dim(`in use: ${given}, ${plural(images, "image")} here`)];
}

function tableLines(repositories: readonly RepositoryPlan[]): string[] {
  const rows = repositories.map((plan) => [
    plan.repository,
    plan.id,
    String(total(plan.effect)),
    amountText(plan.effect.after.expires),
    amountText(plan.effect.after.archived),
    isRefused(plan) ? `${plan.state}, refused: ${guardsOf(plan).join(", ")}` : plan.state,
  ]);
  return columns([["repository", "at", "images", "expire", "are archived", "policy"], ...rows]);
}

function total({ after }: Effect): number {
  return Object.values(after).reduce((sum, { images }) => sum + images, 0);
}

function amountText({ images, bytes }: Amount): string {
  return images === 0 ? "0" : `${images} (${formatBytes(bytes)})`;
}

function repositoryLines(plan: RepositoryPlan, width: number | undefined): string[] {
  const { repository, id, state, changes, effect, wanted, guards, lint, preview } = plan;
  const { presentMistakes } = plan;
  const head = `${bold(repository)}  ${dim(id)}  ${states[state]}`;
  if (state === "no-repository") return [head, ""];
  return [
    head,
    ...presentMistakeLines(presentMistakes),
    ...changes.flatMap((change) => changeLines(change)),
    "",
    ...effectLines(effect, presentMistakes.length > 0 ? "without a policy" : "as it is"),
    ...changeTable(effect.changes, wanted, width),
    ...refusalLines(plan, width),
    ...guards.warnings.flatMap(({ message, until }) =>
      labelled("later", yellow, `${message} (${showTime(until)})`, { width }),
    ),
    ...missingLines([plan], width),
    ...lint.flatMap((finding) => lintLines(finding, "  ", width)),
    ...(preview ? previewLines(preview) : []),
    "",
  ];
}

function guardsOf({ guards }: RepositoryPlan): readonly string[] {
  return [...new Set(guards.refusals.map(({ guard }) => guard))];
}

function refusalLines(plan: RepositoryPlan, width: number | undefined): string[] {
  return plan.guards.refusals.flatMap(({ message, overrule }) =>
    isRefused(plan)
      ? labelled("refused", red, `${message}; overruled by ${overrule}`, { width })
      : labelled("in danger under the policy in place", yellow, message, { width }),
  );
}

/** Why, without the images: of hundreds of repositories nobody would find it among them. */
function refusedLines(plan: RepositoryPlan, width: number | undefined): string[] {
  return [`${bold(plan.repository)}  ${dim(plan.id)}`, ...refusalLines(plan, width), ""];
}

/** A policy in place that ECR obeys and we cannot read: what it takes is not known. */
export function presentMistakeLines(mistakes: readonly string[]): string[] {
  if (mistakes.length === 0) return [];
  return [
    `  ${yellow("the policy in place cannot be read by this Slipway, and what it takes is not known")}`,
    ...mistakes.map((mistake) => `    ${mistake}`),
  ];
}

/**
 * What must not get lost where a repository is a line of a table: what runs and is gone, what ECR's preview says, and that
 * there are warnings.
 */
function hiddenLines(others: readonly RepositoryPlan[], width: number | undefined): string[] {
  const warnings = others.flatMap(({ guards, lint }) => [...guards.warnings, ...lint]).length;
  const told = `${plural(warnings, "warning")} not shown here: --repository NAME shows them, --json all`;
  return [
    ...missingLines(others, width),
    ...hiddenPreviewLines(others),
    ...(warnings > 0 ? [`  ${yellow(told)}`] : []),
  ];
}

function missingLines(plans: readonly RepositoryPlan[], width: number | undefined): string[] {
  const missing = plans.flatMap(({ missingInUse }) => missingInUse);
  const line = (text: string) => labelled("in use, and not here", yellow, text, { width });
  return firstOf(missing, line, "  ");
}

/** Images and bytes by fate, now and then. */
function effectLines({ before, after }: Effect, now = "as it is"): string[] {
  const fates = ["kept", "expires", "archived", "blocked"] as const;
  const rows = fates
    .filter((fate) => fate === "kept" || before[fate].images + after[fate].images > 0)
    .map((fate) => [fate, amountText(before[fate]), amountText(after[fate])]);
  return columns([["", now, "as it would be"], ...rows]);
}

/** Images whose fate changes, by what becomes of them and by which rule. */
function changeTable(
  changes: readonly EffectChange[],
  policy: LifecyclePolicy | null,
  width: number | undefined,
): string[] {
  if (changes.length === 0) return ["  No image changes its fate."];
  const leaving = new Set(
    changes.flatMap(({ digest, after }) => (isDeparture(after) ? [digest] : [])),
  );
  const groups = Map.groupBy(changes, (change) => groupText(change, policy));
  const lines = [...groups].flatMap(([text, same]) => {
    const bytes = same.reduce((sum, { size }) => sum + size, 0);
    const rows = same
      .slice(0, imagesShown)
      .map((change) => [
        imageName(change),
        `pushed ${showTime(change.pushedAt)}`,
        formatBytes(change.size),
        momentText(change.after, leaving),
      ]);
    const options = { indent: "    ", width };
    const more = same.length - imagesShown;
    return [
      ...paragraph(`${text}: ${plural(same.length, "image")}, ${formatBytes(bytes)}`, width),
      ...columns(rows, options),
      ...(more > 0 ? [dim(`    and ${more} more; --json tells all`)] : []),
    ];
  });
  return ["", ...lines, ""];
}

function groupText({ before, after }: EffectChange, policy: LifecyclePolicy | null): string {
  const fates = `${before.fate} -> ${bold(after.fate)}`;
  if (after.fate === "blocked")
    return `${fates}, rule ${after.rule} marks them, an index holds them`;
  if (after.because === "subject") return `${fates}, with what they refer to`;
  if (after.because === "no-rule") return `${fates}, no rule selects them`;
  const rule = policy?.rules.find(({ rulePriority }) => rulePriority === after.rule);
  return `${fates}, rule ${after.rule}${rule ? ` ${describeRule(rule)}` : ""}`;
}

function momentText(verdict: EffectChange["after"], leaving: ReadonlySet<string>): string {
  if (verdict.fate === "blocked") {
    const staying = verdict.indexes.find((index) => !leaving.has(index));
    const [first = ""] = verdict.indexes;
    if (staying === undefined) return `goes a run after ${shortDigest(first)}`;
    return `as long as ${shortDigest(staying)} is there`;
  }
  if (verdict.fate !== "kept") return `since ${showTime(verdict.since)}`;
  return verdict.until === undefined ? "" : `until ${showTime(verdict.until)}`;
}

/** What failed, one repository a line. */
export function failureLines(failures: readonly PlaceFailure[]): string[] {
  return failures.flatMap(({ repository, id, code, message, suggestions }) => [
    `${red(code)}  ${repository === everyRepository ? "all repositories" : repository} at ${id}: ${message}`,
    ...suggestions.map((suggestion) => `  ${yellow("try")}  ${suggestion}`),
  ]);
}

function summaryLines({ repositories, failures }: RetentionPlan): string[] {
  const written = repositories.filter(isToBeWritten);
  const refused = repositories.filter(isRefused);
  const failed = failures.length === 0 ? "" : `, ${plural(failures.length, "failure")}`;
  const count = `${plural(repositories.length, "repository", "repositories")}: ${written.length} to change${failed}`;
  if (refused.length === 0) return [dim(count)];
  const verdict = red(bold(`refused for ${refused.length}: this plan cannot be applied`));
  return [dim(count), ...(refused.length > inDetail ? [guardCounts(refused)] : []), verdict];
}

function guardCounts(refused: readonly RepositoryPlan[]): string {
  const guards = Map.groupBy(refused.flatMap(guardsOf), (guard) => guard);
  const counts = [...guards].map(([guard, each]) => `${guard} at ${each.length}`);
  return red(`refused by ${counts.join(", ")}: --repository NAME shows the images`);
}

/** What was done, for people. */
export function outcomeText({ plan, outcomes }: Applied): string {
  const planned = plan.repositories.filter(isToBeWritten);
  if (planned.length === 0) return "Nothing to do.";
  const count = (wanted: string) => outcomes.filter(({ outcome }) => outcome === wanted).length;
  const of = `of ${plural(planned.length, "repository", "repositories")}.`;
  const already = count("already") > 0 ? [`Already as wanted at ${count("already")} ${of}`] : [];
  const removed = count("removed") > 0 ? [`Removed at ${count("removed")} ${of}`] : [];
  const put = count("put") > 0 ? [`Put in place and read back at ${count("put")} ${of}`] : [];
  return [...put, ...removed, ...already].join("\n") || `Nothing is written at any ${of}`;
}
