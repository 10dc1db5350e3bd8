import type { Finding, FindingLevel } from "../../release/gate.ts";
import { plural } from "../../wording.ts";
import { annotation } from "../github.ts";
import { findingLines } from "../publishing/gate-text.ts";
import { bold, green, red, yellow } from "../terminal/style.ts";

/** One Dockerfile and what was found in it. */
export interface LintedFile {
  /** As the user would name it from the working directory. */
  readonly file: string;
  readonly findings: readonly (Finding & { readonly line: number })[];
}

/** Each file with its findings, in the order of its lines, and a count at the end. */
export function lintText(files: readonly LintedFile[], width?: number): string {
  return files
    .flatMap(({ file, findings }) => [
      `${bold(file)}  ${verdict(findings)}`,
      ...findings.flatMap((finding) => findingLines(finding, width)),
    ])
    .join("\n");
}

function verdict(findings: LintedFile["findings"]): string {
  const count = (level: FindingLevel) => findings.filter((one) => one.level === level).length;
  const [errors, warnings, infos] = [count("error"), count("warning"), count("info")];
  const parts = [
    ...(errors > 0 ? [red(plural(errors, "error"))] : []),
    ...(warnings > 0 ? [yellow(plural(warnings, "warning"))] : []),
    ...(infos > 0 ? [plural(infos, "info")] : []),
  ];
  if (errors + warnings === 0) parts.unshift(green("nothing to mend"));
  return parts.join(", ");
}

/**
 * Annotations for GitHub Actions, one a line.
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function lintAnnotations(files: readonly LintedFile[]): readonly string[] {
  return files.flatMap(({ file, findings }) =>
    findings.map(({ code, level, line, message, reason, repair }) =>
      annotation(
        level === "info" ? "notice" : level,
        { file, line },
        `${code}: ${message} (${reason}; try ${repair})`,
      ),
    ),
  );
}
