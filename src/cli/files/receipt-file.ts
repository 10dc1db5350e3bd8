import { SlipwayError } from "../../errors.ts";
import { type Loose, list, object, objects } from "../../loose.ts";
import { type Digest, isDigest, isRepositoryName } from "../../oci/reference.ts";
import type { Receipt } from "../../release/receipt.ts";
import { showValue } from "../../wording.ts";
import { readObject } from "./json-file.ts";

/** What a receipt says of an image: where the first target has it. */
export interface ReceiptReference {
  readonly file: string;
  readonly image: string;
  readonly digest: Digest;
  /** `ACCOUNT/REGION` */
  readonly target: string;
}

/**
 * Reads a receipt that `slipway release` or `promote` wrote, by `--receipt` or `--json`: all images that were released or
 * promoted together. Throws USAGE when it is none.
 */
export async function readReceipt(file: string): Promise<ReceiptReference[]> {
  const document = await readObject(file, noReceipt);
  if (Array.isArray(document.images)) return promotedIn(file, document);
  const { receipts = [document] } = document;
  const all = list(receipts);
  if (all.length === 0) throw noReceipt(file, "it holds no receipt");
  return all.map((receipt) => referenceOf(file, receipt));
}

/** Each image where the first of the destinations has it, whose ids end with the repository. */
function promotedIn(file: string, document: Loose): ReceiptReference[] {
  const all = objects(document.targets).flatMap((target) => {
    const [, registry, image] = /^([^/]+\/[^/]+)\/(.+)$/.exec(String(target.id)) ?? [];
    return objects(target.images).map(({ digest }) =>
      referenceOf(file, { image, targets: [{ id: registry, digest }] }),
    );
  });
  if (all.length === 0) throw noReceipt(file, "it names no image");
  return all.filter(({ digest }, at) => all.findIndex((one) => one.digest === digest) === at);
}

function referenceOf(file: string, receipt: unknown): ReceiptReference {
  const { image, targets } = object(receipt);
  const { id: target, digest } = object(list(targets)[0]);
  const isGood =
    typeof image === "string" &&
    isRepositoryName(image) &&
    typeof digest === "string" &&
    isDigest(digest) &&
    typeof target === "string";
  if (isGood) return { file, image, digest, target };
  throw noReceipt(file, "it names no image, digest and target");
}

/** The tag moves of such a receipt. Throws USAGE when it is none, or of another image. */
export async function readMoves(
  file: string,
  image: string,
): Promise<Pick<Receipt, "image" | "version" | "targets">> {
  const value = ofImage(await readObject(file, noReceipt), image);
  const { format, targets } = value;
  if (format !== 1 || !Array.isArray(targets) || !targets.every(isTarget)) {
    throw noReceipt(file, "it does not have the form of one");
  }
  if (value.image === image) return value as unknown as Receipt;
  throw noReceipt(file, `it is of ${showValue(value.image)}, and not of '${image}'`);
}

/** Of the receipts of several images the one of this image. */
function ofImage(document: Loose, image: string): Loose {
  const { receipts } = document;
  if (!Array.isArray(receipts)) return document;
  return objects(receipts).find((one) => one.image === image) ?? { format: 1, targets: [] };
}

function isTarget(value: unknown): boolean {
  const { id, tags } = object(value);
  return typeof id === "string" && Array.isArray(tags) && tags.every(isMove);
}

function isMove(value: unknown): boolean {
  const { tag, from, to } = object(value);
  const isPlace = (one: unknown) => one === null || (typeof one === "string" && isDigest(one));
  return typeof tag === "string" && isPlace(from) && isPlace(to);
}

function noReceipt(file: string, why: string, cause?: unknown): SlipwayError {
  return new SlipwayError("USAGE", `'${file}' is not the receipt of a release: ${why}`, {
    suggestions: ["write one: slipway release VERSION --receipt receipt.json"],
    cause,
  });
}
