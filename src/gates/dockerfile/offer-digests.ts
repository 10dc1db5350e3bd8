import type { ResolvedImage } from "../../docker/image-digest.ts";
import type { LintFinding } from "../../dockerfile/lint.ts";
import type { Dockerfile } from "../../dockerfile/stages.ts";
import { eachOf } from "../../oci/parallel.ts";

/** What is said of a base image without its digest. */
const unpinned: readonly string[] = ["BASE_LATEST", "BASE_NOT_PINNED", "BASE_NO_TAG"];
const questionsAtOnce = 4;

/**
 * The findings, those about a base image without its digest with the digest to write, as its registry tells it now. What a
 * registry does not tell is said in the finding, which is otherwise as it was. Each image is asked for once.
 */
export async function offerDigests(
  findings: readonly LintFinding[],
  { stages }: Dockerfile,
  resolve: (name: string) => Promise<ResolvedImage>,
): Promise<readonly LintFinding[]> {
  const nameOf = ({ code, line }: LintFinding): string | undefined => {
    const base = stages.find(({ from }) => from.line === line)?.base;
    if (!unpinned.includes(code) || base?.kind !== "image") return undefined;
    return `${base.repository}:${base.tag ?? "latest"}`;
  };
  const names = [...new Set(findings.flatMap((finding) => nameOf(finding) ?? []))];
  const resolved = new Map<string, ResolvedImage>();
  await eachOf(names, questionsAtOnce, async (name) => {
    resolved.set(name, await resolve(name));
  });
  return findings.map((finding) => {
    const name = nameOf(finding);
    const found = name === undefined ? undefined : resolved.get(name);
    return name === undefined || found === undefined ? finding : withDigest(finding, name, found);
  });
}

function withDigest(finding: LintFinding, name: string, found: ResolvedImage): LintFinding {
  if ("why" in found) {
    const message = `${finding.message}; its registry did not tell the digest: ${found.why}`;
    return { ...finding, message };
  }
  const line = `FROM ${name}@${found.digest}`;
  const isPinned = finding.code === "BASE_NOT_PINNED";
  return { ...finding, repair: isPinned ? line : `${finding.repair}; today's is ${line}` };
}
