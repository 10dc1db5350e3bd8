import { describeRule } from "../lifecycle/describe.ts";
import type { Explanation, Rescue, RuleOnImage } from "../lifecycle/explain.ts";
import type { LifecycleImage } from "../lifecycle/image.ts";
import type { LifecyclePolicy } from "../lifecycle/policy.ts";
import { imageName, plural, reasonText, showTime } from "./lifecycle-words.ts";
import { movedLines } from "./policy-text.ts";
import { bold, dim, green, red, yellow } from "./style.ts";
import { formatBytes } from "./units.ts";

/** The fate of one image for people: the verdict first, then every rule, then what would keep it. */
export function explanationText(
  { image, verdict, rules, rescue }: Explanation,
  policy: LifecyclePolicy,
  from: string,
): string {
  const fate = verdict.fate === "kept" ? green("is kept") : red(fateText[verdict.fate]);
  return [
    `${bold(imageName(image))} ${fate}: ${reasonText(verdict, policy)}`,
    ...factLines(image),
    "",
    dim(`  the policy (${from}), rule by rule`),
    ...rules.flatMap(ruleLines),
    ...(rescue ? ["", ...rescueLines(rescue)] : []),
  ].join("\n");
}

const fateText = {
  expires: "expires",
  archived: "is archived",
  blocked: "would go, and is held back",
} as const;

function factLines(image: LifecycleImage): string[] {
  const { digest, pushedAt, pulledAt, archivedAt, activatedAt, size, children, subject } = image;
  const times = [
    `pushed ${showTime(pushedAt)}`,
    pulledAt === undefined ? "never pulled" : `pulled ${showTime(pulledAt)}`,
    ...(archivedAt === undefined ? [] : [`archived ${showTime(archivedAt)}`]),
    ...(activatedAt === undefined ? [] : [`restored ${showTime(activatedAt)}`]),
  ];
  return [
    dim(`  ${digest}`),
    dim(`  ${times.join(", ")}, ${formatBytes(size)}, ${image.status}`),
    ...(children.length > 0 ? [dim(`  lists ${plural(children.length, "image")}`)] : []),
    ...(subject === undefined ? [] : [dim(`  refers to ${subject}`)]),
  ];
}

function ruleLines({ rule, misses, claims, marks, rank, due }: RuleOnImage): string[] {
  const head = `  ${bold(`rule ${rule.rulePriority}`)}  ${describeRule(rule)}`;
  if (misses.length > 0) return [head, dim(`      does not select it: ${misses.join("; ")}`)];
  const who = claims ? "claims it" : "selects it too, but a rule above claims it";
  const { countNumber } = rule.selection;
  const place = rank === undefined ? "" : `it is number ${rank} of the newest, ${countNumber} stay`;
  const moment =
    due === undefined ? "" : `it is too old ${marks ? "since" : "after"} ${showTime(due)}`;
  const acts = marks ? red("acts on it") : green("leaves it");
  return [
    head,
    `      ${claims ? yellow(who) : dim(who)}: ${place}${moment}; ${claims ? acts : "not its business"}`,
  ];
}

function rescueLines({ kind, rule, moved, others }: Rescue): string[] {
  const touched =
    others === 0
      ? "no other image changes its fate"
      : `${plural(others, "other image")} changes its fate too`;
  const what =
    kind === "raise-count" ? "change the rule to" : "put this rule above the one that takes it";
  return [
    `  to keep it, ${what} (${touched})`,
    `    ${green(JSON.stringify(rule))}`,
    ...movedLines(moved, "    "),
  ];
}
