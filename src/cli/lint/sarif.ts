import type { FindingLevel } from "../../release/gate.ts";
import type { LintedFile } from "./text.ts";

const levels: Readonly<Record<FindingLevel, string>> = {
  error: "error",
  warning: "warning",
  info: "note",
};

/**
 * The findings as a SARIF 2.1.0 log, as GitHub's code scanning takes it
 * (docs.oasis-open.org/sarif/sarif/v2.1.0; docs.github.com/code-security/reference/code-scanning/sarif-support-for-code-scanning).
 */
export function sarifOf(files: readonly LintedFile[], version: string): object {
  const all = files.flatMap(({ file, findings }) => findings.map((one) => ({ file, ...one })));
  const byCode = new Map(all.map((finding) => [finding.code, finding]));
  const codes = [...byCode.keys()];
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "slipway",
            version,
            rules: [...byCode.values()].map(({ code, reason, url }) => ({
              id: code,
              shortDescription: { text: reason },
              ...(url !== undefined && { helpUri: url }),
            })),
          },
        },
        results: all.map(({ code, level, message, repair, file, line }) => ({
          ruleId: code,
          ruleIndex: codes.indexOf(code),
          level: levels[level],
          message: { text: `${message}. Try: ${repair}` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: uriOf(file) },
                region: { startLine: line },
              },
            },
          ],
        })),
      },
    ],
  };
}

/** A relative path as a relative reference (RFC 3986 4.2). */
function uriOf(file: string): string {
  return file.replaceAll("\\", "/").split("/").map(encodeURIComponent).join("/");
}
