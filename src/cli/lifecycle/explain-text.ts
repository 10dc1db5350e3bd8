import { describeRule } from "../../lifecycle/describe.ts";
import type { Explanation, Rescue, RuleOnImage } from "../../lifecycle/explain.ts";
import type { LifecycleImage } from "../../lifecycle/image.ts";
import type { LifecyclePolicy } from "../../lifecycle/policy.ts";
import { plural } from "../../wording.ts";
import { bold, dim, green, red, yellow } from "../terminal/style.ts";
import { columns, formatBytes, paragraph } from "../terminal/units.ts";
import { movedLines } from "./policy-text.ts";
import { imageName, reasonText, showTime } from "./words.ts";

/** The fate of one image for people: the verdict first, then every rule, then what would keep it. */
export function explanationText(
  { image, verdict, rules, rescue }: Explanation,
  { policy, place }: { readonly policy: LifecyclePolicy; readonly place: string },
  width?: number,
): string {
  const name = imageName(image);
  const fate = fateText[verdict.fate];
  const style = verdict.fate === "kept" ? green : red;
  const head = paragraph(
    `${name} ${fate}: ${reasonText(verdict, policy)}`,
    width,
    (line) => line.replace(name, bold).replace(`${fate}:`, `${style(fate)}:`),
    "",
  );
  return [
    ...head,
    ...factLines(image, width),
    "",
    ...paragraph(`${place}, rule by rule`, width, dim),
    ...rules.flatMap((rule) => ruleLines(rule, width)),
    ...(rescue ? ["", ...rescueLines(rescue, width)] : []),
  ].join("\n");
}

const fateText = {
  kept: "is kept",
  expires: "expires",
  archived: "is archived",
  blocked: "would go, and is held back",
} as const;

function factLines(image: LifecycleImage, width: number | undefined): string[] {
  const { digest, pushedAt, pulledAt, archivedAt, activatedAt, size, children, subject } = image;
  const times = [
    `pushed ${showTime(pushedAt)}`,
    pulledAt === undefined ? "never pulled" : `pulled ${showTime(pulledAt)}`,
    ...(archivedAt === undefined ? [] : [`archived ${showTime(archivedAt)}`]),
    ...(activatedAt === undefined ? [] : [`restored ${showTime(activatedAt)}`]),
  ];
  return [
    dim(`  ${digest}`),
    ...paragraph(`${times.join(", ")}, ${formatBytes(size)}, ${image.status}`, width, dim),
    ...(children.length > 0 ? [dim(`  lists ${plural(children.length, "image")}`)] : []),
    ...(subject === undefined ? [] : [dim(`  refers to ${subject}`)]),
  ];
}

function ruleLines(
  { rule, misses, claims, marks, rank, due }: RuleOnImage,
  width: number | undefined,
): string[] {
  const label = `rule ${rule.rulePriority}`;
  const head = columns([[label, describeRule(rule)]], { width });
  const named = head.map((line) => line.replace(label, bold));
  const below = (text: string, style: (line: string) => string) =>
    paragraph(text, width, style, "      ");
  if (misses.length > 0)
    return [...named, ...below(`does not select it: ${misses.join("; ")}`, dim)];
  const who = claims ? "claims it" : "selects it too, but a rule above claims it";
  const { countNumber } = rule.selection;
  const place = rank === undefined ? "" : `it is number ${rank} of the newest, ${countNumber} stay`;
  const moment =
    due === undefined ? "" : `it is too old ${marks ? "since" : "after"} ${showTime(due)}`;
  const acts = marks ? "acts on it" : "leaves it";
  const text = `${who}: ${place}${moment}; ${claims ? acts : "not its business"}`;
  const styled = (line: string) =>
    line.replace(/^claims it/, yellow).replace(/(?:acts on|leaves) it$/, marks ? red : green);
  return [...named, ...below(text, claims ? styled : dim)];
}

function rescueLines({ kind, rule, moved, others }: Rescue, width: number | undefined): string[] {
  const touched =
    others === 0
      ? "no other image changes its fate"
      : `${plural(others, "other image")} changes its fate too`;
  const what =
    kind === "raise-count" ? "change the rule to" : "put this rule above the one that takes it";
  return [
    ...paragraph(`to keep it, ${what} (${touched})`, width),
    // Not wrapped, for it is to be copied.
    `    ${green(JSON.stringify(rule))}`,
    ...movedLines(moved, "    "),
  ];
}
