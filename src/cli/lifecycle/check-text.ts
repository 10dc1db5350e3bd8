import type { CheckedText } from "../../lifecycle/lint-text.ts";
import { plural } from "../../wording.ts";
import { annotation } from "../github.ts";
import { bold, dim, green, red } from "../terminal/style.ts";
import { lintLines } from "./policy-text.ts";

/** What is wrong with policy files, as editors read it: `file:line:column` first. */
export function checkText(files: readonly CheckedText[]): string {
  return files.flatMap(fileLines).join("\n");
}

function fileLines({ file, rules, mistakes, findings }: CheckedText): string[] {
  if (mistakes.length + findings.length === 0) {
    return [`${bold(file)}  ${green("is a lifecycle policy of")} ${plural(rules, "rule")}`];
  }
  return [
    ...mistakes.flatMap(({ line, column, rule, message, grammar }) => [
      `${bold(`${file}:${line}:${column}`)}  ${red("error")}  ${rule === undefined ? "" : `rule ${rule}: `}${message}`,
      `    ${dim(grammar)}`,
    ]),
    ...findings.flatMap((finding) => {
      const { line, column } = finding;
      const [first = "", ...rest] = lintLines(finding, "  ");
      return [`${bold(`${file}:${line}:${column}`)}  warning ${first.trimStart()}`, ...rest];
    }),
  ];
}

/**
 * Annotations for GitHub Actions, one a line.
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function checkAnnotations(files: readonly CheckedText[]): readonly string[] {
  return files.flatMap(({ mistakes, findings }) => [
    ...mistakes.map((one) => annotation("error", one, `${one.message} (${one.grammar})`)),
    ...findings.map((one) =>
      annotation("warning", one, `${one.code}: ${one.message} (${one.explanation})`),
    ),
  ]);
}
