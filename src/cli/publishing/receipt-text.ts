import type { CopyCount } from "../../oci/receiving.ts";
import {
  type Receipt,
  type Receipts,
  type ReleasedTarget,
  receiptsOf,
  type TagMove,
} from "../../release/receipt.ts";
import { plural } from "../../wording.ts";
import { bold, dim, green } from "../terminal/style.ts";
import { columns, formatBytes, formatDuration, shortDigest } from "../terminal/units.ts";
import { gateLines } from "./gate-text.ts";
import { unchangedText } from "./plan-text.ts";

/** Receipts for people, those of several images one below the other. */
export function receiptsText(document: Receipt | Receipts, width?: number): string {
  const receipts = receiptsOf(document);
  return [
    ...receipts.map((receipt) => receiptText(receipt, width)),
    ...("receipts" in document ? unchangedText(document.unchanged) : []),
  ].join("\n\n");
}

/** A receipt for people: what is out, where, under which names, and what it cost. */
export function receiptText(receipt: Receipt, width?: number): string {
  const { image, version, digest, targets, ms } = receipt;
  const changed = receipt.steps.some(({ state }) => state === "done");
  const head = changed ? "released" : "was already released; nothing was done";
  return [
    `${green(bold(`${image} ${version}`))} ${head}  ${dim(formatDuration(ms))}`,
    `  ${digest}`,
    ...contentLines(receipt, width),
    ...gateLines(receipt.gates, width),
    ...targets.flatMap((target) => ["", ...targetLines(target, receipt, width)]),
  ].join("\n");
}

/** What an image runs on, each platform with its size and digest, what it was built from, and what attests it. */
export function contentLines(
  { platforms, attestations, bases = [] }: Pick<Receipt, "platforms" | "attestations" | "bases">,
  width = Number.POSITIVE_INFINITY,
): string[] {
  const rows = platforms.map((one) => [one.platform, formatBytes(one.bytes), one.digest]);
  const count = plural(attestations, "attestation");
  const built = bases.map(({ name, digest }) => ["built from", name, digest]);
  return [
    ...columns(rows, { width, styleLast: dim }),
    ...columns(built, { width, styleLast: dim }),
    ...(attestations > 0 ? [dim(`  ${count}`)] : []),
  ];
}

function targetLines(
  { id, digest, reference, tags, copied, attached }: ReleasedTarget,
  { steps, digest: released }: Pick<Receipt, "steps" | "digest">,
  width?: number,
): string[] {
  const moved = copied ? copiedText(copied) : "the image was there";
  return [
    ...placeLines(id, moved, width),
    `    ${reference}`,
    ...(digest === released ? [] : [dim("    the same image, with attestations of its own")]),
    ...columns([...tags.map(tagRow), ...settingRows(id, steps), ...attachedRow(attached)], {
      indent: "    ",
      width,
      styleLast: dim,
    }),
  ];
}

/** A target, and what it cost to bring the image there. */
export function placeLines(id: string, moved: string, width?: number): string[] {
  const lines = columns([[id, moved]], { styleLast: dim, ...(width !== undefined && { width }) });
  return lines.map((line) => line.replace(id, bold));
}

/** What a copy cost: bytes that were sent, and those that needed not be. */
export function copiedText(copied: CopyCount): string {
  const { movedBytes, movedBlobs, mountedBytes, mountedBlobs, refusedMounts } = copied;
  return [
    `${formatBytes(movedBytes)} uploaded in ${plural(movedBlobs, "blob")}`,
    ...(mountedBlobs > 0 ? [`${formatBytes(mountedBytes)} mounted in ${mountedBlobs}`] : []),
    `${formatBytes(copied.skippedBytes)} were there`,
    ...(refusedMounts > 0 ? [`${refusedMounts} not mounted`] : []),
  ].join(", ");
}

/** What else was changed at a target: the repository itself and its policy. */
function settingRows(id: string, steps: Receipt["steps"]): string[][] {
  return steps.flatMap(({ step, state }) => {
    if (!("target" in step) || step.target !== id || state !== "done") return [];
    if (step.action === "create-repository") return [["repository", "created", step.because]];
    if (step.action === "put-tag-mutability") return [["tag mutability", "set", step.because]];
    if (step.action === "put-lifecycle-policy") return [["lifecycle policy", "put", step.because]];
    return [];
  });
}

/** Where there is no receipt at the image, a rollback will not know where its tags were before. */
function attachedRow(attached: ReleasedTarget["attached"]): string[][] {
  if (attached === undefined) return [];
  if (attached.state === "refused") return [["receipt", "not attached", attached.why]];
  return [["receipt", "attached", shortDigest(attached.digest)]];
}

/** What became of a tag: its name, where it was before, and why. */
export function tagRow({ tag, from, to, because }: TagMove): string[] {
  if (to === null) return [tag, "not written", because];
  const change = from === null ? "new" : from === to ? "kept" : `from ${shortDigest(from)}`;
  return [tag, change, because];
}
