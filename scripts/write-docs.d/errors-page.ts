import { codes } from "../../src/errors.ts";
import { noteCodes, problemCodes } from "../../src/release/problem.ts";
import { madeFrom, table } from "./table.ts";

const statuses = [
  ["0", "done; also when there was nothing to do"],
  ["1", "failed: the outside refused, or a tool did"],
  ["2", "the command line, the environment or a file that you wrote is wrong"],
  ["3", "refused by a plan or a check"],
  [
    "130",
    "stopped by Ctrl-C, SIGTERM or a closed terminal; what Slipway started is ended too, and the same command goes on later",
  ],
];

/** docs/errors.md: exit statuses, the codes of errors, and those of a plan's problems and notes. */
export function errorsPage(): string {
  const errors = Object.entries(codes).sort(byName);
  return `# Errors

${madeFrom("src/errors.ts and src/release/problem.ts")}

Every error says what happened, with the value that was wrong, and what to type next:

\`\`\`console
$ slipway plan 1.4.0 --region Frankfurt
CONFIG_INVALID  a mistake in the configuration:
  --region: expected an AWS region such as eu-west-1, found 'Frankfurt'
  try  correct it there and run the same command again; docs/configuration.md has every key
\`\`\`

With \`--json\` the same is on stdout, as \`{"error": {"code", "message", "suggestions"}}\`; a receipt that could not be written
to its file stands beside it. In scripts, switch on codes and exit statuses, which are stable; sentences are not. An error
that begins with \`bug\` and shows a stack is a mistake in Slipway: please report it.

## Exit status

${table(["status", "means"], statuses)}

\`slipway local -- COMMAND\` ends with the status of that command.

To let a release outlive its terminal, redirect all three streams:
\`nohup slipway release 1.0.0 </dev/null >release.log 2>&1 &\`. \`nohup\` or \`trap "" HUP\` alone are not enough, because Node
resets SIGHUP when it starts. A \`slipway local\` that serves ends with its terminal in any case.

## Codes of errors

${table(
  ["code", "exit", "means", "next"],
  errors.map(([code, { exit, means, next }]) => [`\`${code}\``, String(exit), means, next]),
)}

## Problems of a plan

\`slipway plan\` and \`slipway release\` look for everything that stands in the way before anything is built or written, show
it all with remedies, and end with 3. In \`--json\`: \`problems\`, each \`{"code", "target", "message", "remedy"}\`.

${meanings(problemCodes)}

## Notes of a plan

Worth knowing, and no obstacle. In \`--json\`: \`notes\`.

${meanings(noteCodes)}
`;
}

function meanings(all: Readonly<Record<string, string>>): string {
  const rows = Object.entries(all).sort(byName);
  return table(
    ["code", "means"],
    rows.map(([code, means]) => [`\`${code}\``, means]),
  );
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
