import type { PlannedPromotion, PromotionPlan, PromotionStep } from "../../promotion/plan.ts";
import type { PromotedImage, PromotedTarget, PromotionReceipt } from "../../promotion/receipt.ts";
import { isNothingToDo } from "../../release/plan.ts";
import { plural } from "../../wording.ts";
import { bold, dim, green } from "../terminal/style.ts";
import { columns, formatBytes, formatDuration, paragraph, shortDigest } from "../terminal/units.ts";
import { noteLines, problemLines, stepLines, stepText } from "./plan-text.ts";
import { copiedText, placeLines, tagRow } from "./receipt-text.ts";

/** A promotion for people before it is done: what goes, where to, step by step, and what stands in the way. */
export function promotionPlanText(plan: PromotionPlan, width?: number): string {
  const { images, targets, steps, notes, problems } = plan;
  const head = [
    ...images.flatMap((image) => imageLines(image, width)),
    ...targets.map(({ id, uri }) => `  to ${bold(id)}  ${dim(uri ?? "no repository yet")}`),
  ];
  const ofSeveral = (step: PromotionStep) =>
    images.length > 1 && step.named !== undefined
      ? `${stepText(step)} of ${step.named}`
      : stepText(step);
  const rest = isNothingToDo(plan) ? [green("Nothing to do: everything is in place.")] : [];
  const sections = [
    head,
    steps.length > 0 ? stepLines(plan, width, ofSeveral) : [],
    notes.length > 0 ? noteLines(plan, width) : [],
    problems.length > 0 ? problemLines(plan, width) : rest,
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function imageLines(image: PlannedPromotion, width?: number): string[] {
  const { named, digest, from, versions, platforms, attestations, belonging, bytes } = image;
  const about = [
    versions.join(", "),
    platforms.map(({ platform }) => platform).join(", "),
    counted(attestations, "attestation"),
    counted(belonging, "artifact"),
    bytes === undefined ? "" : formatBytes(bytes),
  ].filter(Boolean);
  return [
    `${bold(named)}  ${dim(shortDigest(digest))}`,
    ...paragraph(about.join("; "), width, dim),
    `  from ${bold(from)}`,
  ];
}

function counted(count: number | undefined, what: string): string {
  return count ? plural(count, what) : "";
}

/** A finished promotion for people: what is where now, under which names, and what it cost. */
export function promotionText(receipt: PromotionReceipt, width?: number): string {
  const { images, targets, ms, steps } = receipt;
  const changed = steps.some(({ state }) => state === "done");
  const names = images.map(({ named }) => named).join(", ");
  const were = images.length > 1 ? "were" : "was";
  const head = changed ? "promoted" : `${were} already promoted; nothing was done`;
  return [
    `${green(bold(names))} ${head}  ${dim(formatDuration(ms))}`,
    ...targets.flatMap((target) => ["", ...targetLines(target, width)]),
  ].join("\n");
}

function targetLines({ id, images, copied }: PromotedTarget, width?: number): string[] {
  const moved = copied ? copiedText(copied) : "no byte was moved";
  return [
    ...placeLines(id, moved, width),
    ...images.flatMap((image) => promotedLines(image, width)),
  ];
}

function promotedLines({ reference, tags, companions }: PromotedImage, width?: number) {
  const rows = columns([...tags, ...companions].map(tagRow), {
    indent: "    ",
    width,
    styleLast: dim,
  });
  return [`    ${reference}`, ...rows];
}
