import { createHash } from "node:crypto";
import { partitionOf } from "./control/caller.ts";
import type { Encryption } from "./repository.ts";
import type { Registry } from "./state.ts";

/** Encryption by KMS that names no key is by the account's own for ECR: one in each region. */
export function encryptionIn(
  { account, region }: Pick<Registry, "account" | "region">,
  encryption: Encryption,
): Encryption {
  if (encryption.type === "AES256" || encryption.kmsKey !== undefined) return encryption;
  const hex = createHash("sha256").update(`aws/ecr ${account} ${region}`).digest("hex");
  const id = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`];
  const arn = `arn:${partitionOf(region)}:kms:${region}:${account}:key`;
  return { ...encryption, kmsKey: `${arn}/${id.join("-")}-${hex.slice(20, 32)}` };
}
