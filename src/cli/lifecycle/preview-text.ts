import type { RepositoryPlan } from "../../retention/plan.ts";
import type { PreviewComparison } from "../../retention/preview.ts";
import { plural } from "../../wording.ts";
import { bold, green, red, yellow } from "../terminal/style.ts";
import { shortDigest } from "../terminal/units.ts";

/** What ECR's own preview of one repository says to our verdicts. */
export function previewLines(preview: PreviewComparison): string[] {
  switch (preview.state) {
    case "agrees":
      return [`  ${green("ECR's preview agrees")}  ${plural(preview.images, "image")}`];
    case "unavailable":
      return [
        `  ${yellow("no preview of ECR's")}  ${preview.because}; the verdicts are Slipway's own`,
      ];
    case "disagrees":
      return [
        `  ${red("ECR's preview disagrees")}  on ${plural(preview.disagreements.length, "image")}`,
        ...preview.disagreements.map(
          ({ digest, ours, preview: theirs }) =>
            `    ${shortDigest(digest)}  we say ${said(ours)}, ECR ${said(theirs)}`,
        ),
      ];
  }
}

function said(
  what: Extract<PreviewComparison, { state: "disagrees" }>["disagreements"][number]["ours"],
) {
  return what === "stays" ? what : `${what.departure} by rule ${what.rule}`;
}

/** The same of repositories that are not shown one by one: every disagreement, and of the rest how many they are. */
export function hiddenPreviewLines(plans: readonly RepositoryPlan[]): string[] {
  const previews = plans.flatMap(({ repository, id, preview }) =>
    preview ? [{ name: `${bold(repository)}  ${id}`, preview }] : [],
  );
  const disagreeing = previews.filter(({ preview }) => preview.state === "disagrees");
  const agreeing = previews.filter(({ preview }) => preview.state === "agrees").length;
  const unavailable = previews.flatMap(({ preview }) =>
    preview.state === "unavailable" ? [preview.because] : [],
  );
  const [because] = unavailable;
  const count = (some: number) => plural(some, "repository", "repositories");
  return [
    ...disagreeing.flatMap(({ name, preview }) => [name, ...previewLines(preview)]),
    ...(agreeing > 0 ? [`  ${green("ECR's preview agrees")}  at ${count(agreeing)}`] : []),
    ...(because === undefined
      ? []
      : [`  ${yellow("no preview of ECR's")}  at ${count(unavailable.length)}: ${because}`]),
  ];
}
