import { isNothingToDo, type Plan, type Plans, plansOf, type Step } from "../../release/plan.ts";
import { type Problem, waysOut } from "../../release/problem.ts";
import { plural } from "../../wording.ts";
import { bold, dim, green, red } from "../terminal/style.ts";
import { columns, formatTime, shortDigest } from "../terminal/units.ts";
import { wayLines } from "./way-text.ts";

/** One sign for each kind of step, the same wherever a plan or a receipt is shown. */
const signs: Readonly<Record<Step["action"], string>> = {
  "create-repository": "+",
  "put-tag-mutability": "~",
  build: "+",
  gate: "?",
  copy: "+",
  verify: "?",
  tag: "+",
  "put-lifecycle-policy": "~",
  "git-tag": "+",
  keep: "=",
};

/** Plans for people, those of several images one below the other. */
export function plansText(document: Plan | Plans, width?: number): string {
  const plans = plansOf(document);
  const refused = plans.filter(({ problems }) => problems.length > 0);
  const texts = [
    ...plans.map((plan) => planText(plan, width)),
    ...("plans" in document ? unchangedText(document.unchanged) : []),
  ];
  if (plans.length < 2 || refused.length === 0) return texts.join("\n\n");
  const names = refused.map(({ image }) => image).join(", ");
  const held = `None of the ${plans.length} images is released while ${names} cannot be.`;
  return [...texts, red(held)].join("\n\n");
}

/** The images that are left out; none or one paragraph. */
export function unchangedText(unchanged: Plans["unchanged"]): string[] {
  const rows = unchanged.map(({ image, version, commit }) => [
    image,
    "unchanged",
    `since ${version} of commit ${commit.slice(0, 12)}`,
  ]);
  return rows.length === 0 ? [] : [columns(rows, { styleLast: dim }).join("\n")];
}

/** A plan for people: what, where, step by step with the reasons, and what stands in the way. */
export function planText(plan: Plan, width?: number): string {
  const lines = [headline(plan), dim(source(plan)), ""];
  for (const { id, uri } of plan.targets)
    lines.push(
      `  ${bold(id)}  ${dim(uri ?? (isLookedAt(plan, id) ? "no repository yet" : "not looked at"))}`,
    );
  for (const { id } of plan.leftOut) lines.push(`  ${bold(id)}  ${dim("left out")}`);
  if (plan.steps.length > 0) lines.push("", ...stepLines(plan, width));
  if (plan.notes.length > 0) lines.push("", ...noteLines(plan, width));
  if (plan.problems.length > 0) lines.push("", ...problemLines(plan, width));
  else if (isNothingToDo(plan)) lines.push("", green("Nothing to do: everything is in place."));
  return lines.join("\n");
}

/** What was seen at a target is what the plan expects there. */
function isLookedAt({ expects, version }: Plan, id: string): boolean {
  return version.value === "" || expects.some(({ target }) => target === id);
}

function headline({ image, version }: Plan): string {
  if (version.value === "") return bold(image);
  return `${bold(`${image} ${version.value}`)}  ${dim(`(${version.because})`)}`;
}

function source({ source: { commit, committedAt, worktree } }: Plan): string {
  const changed = worktree === null ? "" : ", with uncommitted changes";
  return `commit ${commit.slice(0, 12)} of ${formatTime(committedAt)}${changed}`;
}

/** What the texts of a release's and of a promotion's plan have in common. */
interface Shown<One extends Step = Step> {
  readonly steps: readonly One[];
  readonly targets: readonly { readonly id: string }[];
}

/** Steps that are the same everywhere stand once; the others say where. `rowText` is a step without its reason. */
export function stepLines<One extends Step>(
  { steps, targets }: Shown<One>,
  width?: number,
  rowText: (step: One) => string = stepText,
): string[] {
  const groups = Map.groupBy(steps, (step) => `${rowText(step)} ${step.because}`);
  const rows = [...groups.values()].map((same) => {
    const [step] = same as [One, ...One[]];
    // Two places may bring their images to one target.
    const here = [...new Set(same.flatMap((one) => ("target" in one ? [one.target] : [])))];
    const everywhere = here.length === 0 || here.length === targets.length;
    return [rowText(step), everywhere ? step.because : `${step.because} (${here.join(", ")})`];
  });
  return columns(rows, { width, styleLast: dim });
}

/** A step with its sign. */
export function stepText(step: Step): string {
  return `${signOf(step)} ${describeStep(step)}`;
}

function signOf(step: Step): string {
  return step.action === "tag" && step.from !== null ? "~" : signs[step.action];
}

/** A step in a few words, without its reason. */
export function describeStep(step: Step): string {
  switch (step.action) {
    case "create-repository":
      return "create the repository";
    case "put-tag-mutability":
      return `lock ${step.filters.join(", ")}`;
    case "build":
      return `build ${step.spec.platforms.join(", ")}`;
    case "gate":
      return `gate ${step.wish.gate}`;
    case "copy":
      return "upload the image";
    case "verify":
      return "verify the upload";
    case "tag":
      return `tag ${step.tag}${step.from === null ? "" : ` (from ${shortDigest(step.from)})`}`;
    case "put-lifecycle-policy":
      return "put the lifecycle policy";
    case "git-tag":
      return `git tag ${step.name}${step.push ? " and push it" : ""}`;
    case "keep":
      return `keep ${step.what}`;
  }
}

/** Notes that several targets share stand once. */
export function noteLines(
  { notes, targets }: Pick<Plan, "notes"> & Pick<Shown, "targets">,
  width?: number,
): string[] {
  const groups = [...Map.groupBy(notes, ({ message }) => message)];
  return groups.flatMap(([message, same]) => [
    ...columns([["note", withPlaces(message, same, targets)]], {
      styleLast: dim,
      width,
    }),
    ...waysOut(same).flatMap((way) => wayLines(way, "    ", width)),
  ]);
}

/** Says where something is so, unless that is everywhere or the message says it. */
function withPlaces(
  message: string,
  same: readonly { readonly target?: string }[],
  targets: Shown["targets"],
): string {
  const where = same.flatMap(({ target }) => target ?? []);
  const isTold = where.every((place) => message.includes(place));
  const everywhere = targets.length > 0 && targets.every(({ id }) => where.includes(id));
  return isTold || everywhere ? message : `${message} (${where.join(", ")})`;
}

/** Problems that several targets share stand once, with what to do at each. */
export function problemLines(
  { problems, targets }: Pick<Plan, "problems"> & Pick<Shown, "targets">,
  width?: number,
  verdict = "this plan cannot be applied",
): string[] {
  const groups = [...Map.groupBy(problems, ({ code, message }) => `${code} ${message}`).values()];
  const count = plural(groups.length, "problem");
  const wrapped = (label: string, text: string, indent: string) =>
    columns([[label, text]], { indent, width });
  return [
    red(bold(`${count}: ${verdict}`)),
    ...groups.flatMap((same) => {
      const [{ code, message }] = same as [Problem];
      return [
        ...wrapped(code, withPlaces(message, same, targets), "  ").map((line) =>
          line.replace(code, red(code)),
        ),
        ...waysOut(same).flatMap((way) => wayLines(way, "    ", width)),
      ];
    }),
  ];
}
