import { appendFile } from "node:fs/promises";
import type { Receipt } from "../release/receipt.ts";
import { formatBytes, shortDigest } from "./units.ts";

/**
 * In GitHub Actions: outputs `version`, `digest`, `tags` and `receipt`, and a table in the job's
 * summary; elsewhere nothing. Digest and tags stand apart from the host, for GitHub drops an output that
 * holds a masked account id (aws-actions/amazon-ecr-login#400).
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export async function reportToGitHub(receipt: Receipt, env: NodeJS.ProcessEnv): Promise<void> {
  const { GITHUB_OUTPUT, GITHUB_STEP_SUMMARY } = env;
  if (GITHUB_OUTPUT) await appendFile(GITHUB_OUTPUT, outputsOf(receipt));
  if (GITHUB_STEP_SUMMARY) await appendFile(GITHUB_STEP_SUMMARY, summaryOf(receipt));
}

/** One `name=value` a line; no value has a line break, for tags, digests and JSON have none. */
export function outputsOf(receipt: Receipt): string {
  const tags = [...new Set(receipt.targets.flatMap((target) => target.tags.map(({ tag }) => tag)))];
  const { version, digest, image } = receipt;
  const outputs = {
    image,
    version,
    digest,
    tags: tags.join(","),
    receipt: JSON.stringify(receipt),
  };
  return Object.entries(outputs)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

export function summaryOf({ image, version, digest, platforms, targets }: Receipt): string {
  const rows = targets.map(({ id, tags, copied }) => {
    const names = tags.map(({ tag }) => `\`${tag}\``).join(" ");
    return `| ${id} | ${names || "all there"} | ${copied ? formatBytes(copied.movedBytes) : "none"} |\n`;
  });
  const sizes = platforms.map(({ platform, bytes }) => `${platform} ${formatBytes(bytes)}`);
  return [
    `### ${image} ${version}\n\n`,
    `\`${digest}\` (${shortDigest(digest)}): ${sizes.join(", ")}\n\n`,
    "| target | tags written | uploaded |\n| --- | --- | --- |\n",
    ...rows,
    "\n",
  ].join("");
}
