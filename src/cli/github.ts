import { SlipwayError } from "../errors.ts";
import { type Receipt, type Receipts, receiptsOf } from "../release/receipt.ts";
import { appendReport, verifyWritable } from "./files/output-file.ts";
import { formatBytes } from "./terminal/units.ts";

/**
 * In GitHub Actions: outputs `image`, `version`, `digest`, `tags` and `receipt`, and a table in the job's
 * summary; elsewhere nothing. Of several images `images`, `version` and `receipt`, and a table each. Digest and tags stand apart from the host, for GitHub drops an output that
 * holds a masked account id (aws-actions/amazon-ecr-login#400).
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 * Throws ReceiptUnwritten.
 */
export async function reportToGitHub(
  document: Receipt | Receipts,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const { GITHUB_OUTPUT, GITHUB_STEP_SUMMARY } = env;
  if (GITHUB_OUTPUT) {
    await appendReport("GITHUB_OUTPUT", GITHUB_OUTPUT, outputsOf(document), document);
  }
  const summary = [...receiptsOf(document).map(summaryOf), unchangedIn(document)].join("");
  if (GITHUB_STEP_SUMMARY) {
    await appendReport("GITHUB_STEP_SUMMARY", GITHUB_STEP_SUMMARY, summary, document);
  }
}

/**
 * Asks before the work, as of a receipt's file: in a container that has the job's environment and not its files a release
 * would be done and end as one that failed. Throws ENVIRONMENT_INVALID.
 */
export async function verifyReportable(env: NodeJS.ProcessEnv): Promise<void> {
  for (const name of ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"]) {
    const file = env[name];
    if (!file) continue;
    await verifyWritable(name, file).catch((cause) => {
      throw new SlipwayError("ENVIRONMENT_INVALID", (cause as Error).message, {
        suggestions: [`unset ${name}, or let its file be there: in a container, mount it`],
        cause,
      });
    });
  }
}

/** One `name=value` a line; no value has a line break, for tags, digests and JSON have none. */
function outputsOf(document: Receipt | Receipts): string {
  const outputs = "receipts" in document ? ofSeveral(document) : ofOne(document);
  return Object.entries(outputs)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

function ofSeveral(document: Receipts) {
  const images = document.receipts.map(({ image }) => image).join(",");
  const version = document.receipts[0]?.version ?? "";
  return { images, version, receipt: JSON.stringify(document) };
}

function ofOne(receipt: Receipt) {
  const tags = [...new Set(receipt.targets.flatMap(writtenAt))];
  const { version, digest, image } = receipt;
  return {
    image,
    version,
    digest,
    tags: tags.join(","),
    receipt: JSON.stringify(receipt),
  };
}

/** A tag that stood there, or stays where a newer version has it, was not written. */
function writtenAt({ tags }: Receipt["targets"][number]): string[] {
  return tags.flatMap(({ tag, from, to }) => (from === to ? [] : [tag]));
}

/** The release on the page of a GitHub Actions run, in Markdown: digest, sizes, tags and bytes at each target. */
function summaryOf({ image, version, digest, platforms, targets }: Receipt): string {
  const rows = targets.map((target) => {
    const { id, copied } = target;
    const names = writtenAt(target).map((tag) => `\`${tag}\``);
    return `| ${id} | ${names.join(" ") || "none"} | ${copied ? formatBytes(copied.movedBytes) : "none"} |\n`;
  });
  const sizes = platforms.map(({ platform, bytes }) => `${platform} ${formatBytes(bytes)}`);
  return [
    `### ${image} ${version}\n\n`,
    `\`${digest}\`: ${sizes.join(", ")}\n\n`,
    "| target | tags written | uploaded |\n| --- | --- | --- |\n",
    ...rows,
    "\n",
  ].join("");
}

/** What `--changed` left as it is, so that a job without any release says why. */
function unchangedIn(document: Receipt | Receipts): string {
  if (!("unchanged" in document) || document.unchanged.length === 0) return "";
  const lines = document.unchanged.map(
    ({ image, version, commit }) =>
      `- ${image} has not changed since ${version}, of commit \`${commit.slice(0, 12)}\`\n`,
  );
  return `${lines.join("")}\n`;
}

/** Where an annotation is shown. */
interface AnnotatedPlace {
  readonly file: string;
  readonly line: number;
  readonly column?: number;
}

/** One annotation of a file, as a line on stdout of a job. */
export function annotation(
  level: "error" | "warning" | "notice",
  { file, line, column }: AnnotatedPlace,
  message: string,
): string {
  const property = (text: string) => escaped(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
  const at = column === undefined ? "" : `,col=${column}`;
  return `::${level} file=${property(file)},line=${line}${at}::${escaped(message)}`;
}

function escaped(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
