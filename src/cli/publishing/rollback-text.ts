import { waysOut } from "../../release/problem.ts";
import {
  isRolledBack,
  isThere,
  type Place,
  type RollbackPlan,
  type RollbackTarget,
} from "../../rollback/plan.ts";
import type { RollbackReceipt, RolledBackTarget } from "../../rollback/receipt.ts";
import { bold, dim, green, yellow } from "../terminal/style.ts";
import { columns, shortDigest } from "../terminal/units.ts";
import { problemLines } from "./plan-text.ts";
import { wayLines } from "./way-text.ts";

/** What a rollback would do, for people: where the tag goes at each target and who says so. */
export function rollbackPlanText(plan: RollbackPlan, width?: number): string {
  const { image, tag, targets, newerThan, problems } = plan;
  const unseen = problems.flatMap(({ code, target }) => (refusals.has(code) ? (target ?? []) : []));
  const rows = targets.map((target) => targetRow(target, unseen.includes(target.id)));
  const lines = [bold(`${image} ${tag}`), ...targetLines(rows, width)];
  if (problems.length > 0)
    return [...lines, "", ...problemLines(plan, width, "nothing was moved")].join("\n");
  if (isRolledBack(plan)) {
    return [...lines, ...noteLines(plan, width), green("Nothing to do: it is there.")].join("\n");
  }
  const then =
    newerThan === null
      ? "the next release moves it"
      : `only a release newer than ${newerThan} moves it`;
  return [...lines, dim(`  afterwards ${then}`), ...noteLines(plan, width)].join("\n");
}

/** What holds at every target stands once. */
function noteLines(
  { notes, targets }: Pick<RollbackPlan | RollbackReceipt, "notes" | "targets">,
  width?: number,
): string[] {
  const groups = [...Map.groupBy(notes, ({ message }) => message)];
  return groups.flatMap(([message, same]) => {
    const where = same.length === targets.length ? [] : same.flatMap(({ target }) => target ?? []);
    const text = where.length === 0 ? message : `${message} (${where.join(", ")})`;
    const [first = "", ...more] = columns([["note", text]], { width });
    const ways = waysOut(same).flatMap((way) => wayLines(way, "    ", width));
    return [first.replace("note", yellow("note")), ...more, ...ways];
  });
}

/** Side by side, or in a narrow terminal below each other. */
function targetLines(rows: readonly (readonly string[])[], width?: number): string[] {
  if (width === undefined || columns(rows).every((line) => line.length <= width)) {
    return columns(rows, { styleLast: dim });
  }
  return rows.flatMap(([target = "", way = "", because = ""]) => [
    `  ${target}`,
    ...columns([[way]], { indent: "    ", width }),
    ...(because === "" ? [] : columns([[because]], { indent: "    ", width, styleLast: dim })),
  ]);
}

/** Problems for which a target was not looked at. */
const refusals: ReadonlySet<string> = new Set(["WRONG_ACCOUNT", "PERMISSION_MISSING"]);

function targetRow(target: RollbackTarget, isUnseen: boolean): string[] {
  const { id, from, to, because, toHoldBelow } = target;
  const nowhere = isUnseen ? "not looked at" : "no such tag";
  if (to === null) return [`? ${id}`, from ? placeText(from) : nowhere, ""];
  const way = from && !isThere(target) ? `${placeText(from)} → ${placeText(to)}` : placeText(to);
  const why = toHoldBelow === undefined ? because : `${because}, and held below ${toHoldBelow}`;
  return [`${isThere(target) ? "=" : "~"} ${id}`, way, why];
}

function placeText({ digest, versions }: Place): string {
  const version = versions.at(-1);
  return version === undefined ? shortDigest(digest) : `${version} (${shortDigest(digest)})`;
}

/** What a rollback did, and whether it will be remembered. */
export function rollbackText(receipt: RollbackReceipt, width?: number): string {
  const { image, tag, targets, newerThan } = receipt;
  const moved = targets.some(({ state }) => state === "moved");
  const held = targets.some(({ record }) => record?.state === "attached");
  const there = held
    ? "was there already, and is held there now"
    : "was there already; nothing was done";
  return [
    `${green(bold(`${image} ${tag}`))} ${moved ? "rolled back" : there}`,
    ...targetLines(targets.map(doneRow), width),
    ...(moved ? [] : noteLines(receipt, width)),
    ...targets.flatMap((target) => forgottenLines(target, width)),
    ...(held && newerThan !== null
      ? [dim(`  only a release newer than ${newerThan} moves it again`)]
      : []),
  ].join("\n");
}

function doneRow({ id, from, to, state }: RolledBackTarget): string[] {
  const was = state === "moved" && from ? `was ${placeText(from)}` : "unchanged";
  return [id, to ? placeText(to) : "", was];
}

function forgottenLines({ id, record }: RolledBackTarget, width?: number): string[] {
  if (record?.state !== "refused") return [];
  const text = `${id} does not remember it: a release of any version may move the tag again (${record.why})`;
  const [first = "", ...more] = columns([["note", text]], { width });
  return [first.replace("note", yellow("note")), ...more];
}
