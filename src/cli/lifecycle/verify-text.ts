import { everyRepository } from "../../retention/places.ts";
import type { RetentionVerification, VerifiedRepository } from "../../retention/verify.ts";
import { plural } from "../../wording.ts";
import { bold, dim, green, red, yellow } from "../terminal/style.ts";
import { columns, formatTime } from "../terminal/units.ts";
import { failureLines, presentMistakeLines } from "./plan-text.ts";
import { changeLines, lintLines } from "./policy-text.ts";

const states: Readonly<Record<VerifiedRepository["state"], string>> = {
  same: "as wanted",
  differs: "DIFFERS",
  none: "NO POLICY",
  "no-repository": "NO REPOSITORY",
};

/** A table over all repositories, and what differs below it. */
export function retentionVerificationText(verification: RetentionVerification): string {
  const { repositories, failures } = verification;
  const rows = repositories.map((one) => [
    one.repository,
    one.id,
    states[one.state],
    evaluatedText(one),
    one.lint.length === 0 ? "none" : one.lint.map(({ code }) => code).join(", "),
  ]);
  const table = columns([["repository", "at", "policy", "last evaluated", "warnings"], ...rows]);
  return [
    ...table.map((line, at) => (at === 0 || repositories[at - 1]?.holds ? line : red(line))),
    ...repositories.flatMap(detailLines),
    ...failureLines(failures),
    ...(repositories.some(isOnlyNew)
      ? [
          dim(
            "  never: ECR has not run it yet, as is normal for a day after it was put; --allow-never lets it pass",
          ),
        ]
      : []),
    "",
    verdictLine(verification),
  ].join("\n");
}

function verdictLine({ repositories, failures, holds }: RetentionVerification): string {
  const count = (some: readonly unknown[]) => plural(some.length, "repository", "repositories");
  if (holds && repositories.length === 0) return yellow("there is no repository to look at");
  if (holds) return green(`${count(repositories)}: every policy is as it should be`);
  const wrong = repositories.filter((one) => !one.holds);
  const isListed = failures.every(({ repository }) => repository !== everyRepository);
  const unreadCount = isListed ? count(failures) : "others";
  const unread = failures.length === 0 ? "" : `, and ${unreadCount} could not be read`;
  if (wrong.length > 0) {
    return red(`${count(repositories)}: ${wrong.length} not as it should be${unread}`);
  }
  return red(`${count(repositories)} as it should be${unread}`);
}

function isOnlyNew({ state, evaluated, holds }: VerifiedRepository): boolean {
  return !holds && state === "same" && evaluated === "never";
}

function evaluatedText({ evaluated, lastEvaluatedAt }: VerifiedRepository): string {
  if (lastEvaluatedAt === undefined) return "never";
  return `${formatTime(lastEvaluatedAt)}${evaluated === "late" ? " (late)" : ""}`;
}

function detailLines(verified: VerifiedRepository): string[] {
  const { repository, id, changes, presentMistakes, lint } = verified;
  if (changes.length + presentMistakes.length + lint.length === 0) return [];
  return [
    "",
    `  ${bold(repository)}  ${id}`,
    ...presentMistakeLines(presentMistakes),
    ...changes.flatMap((change) => changeLines(change)),
    ...lint.flatMap((finding) => lintLines(finding)),
  ];
}
