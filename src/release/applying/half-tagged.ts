import { SlipwayError } from "../../errors.ts";
import type { Step } from "../plan.ts";
import type { StepOutcome } from "../receipt.ts";

/** Tags to write, and what became of them so far. */
export interface Tagging {
  /** The name of one of several images. */
  readonly image?: string;
  readonly plan: { readonly steps: readonly Step[] };
  readonly outcomes: readonly StepOutcome[];
}

/**
 * Adds to an error that came after the first tag was written which tags are there and which are not, target by target:
 * whoever is asked at night what is out there reads it here. An earlier error, and a bug of ours, is left as it is.
 */
export function withTags(error: unknown, all: readonly Tagging[]): unknown {
  if (!(error instanceof SlipwayError)) return error;
  const places = all.flatMap(placesOf);
  if (places.every(({ there }) => there.length === 0)) return error;
  const isWhole = places.every(({ missing }) => missing.length === 0);
  const lines = isWhole ? ["every tag is written"] : places.map(lineOf);
  return error.reworded([error.message, ...lines.map((line) => `  ${line}`)].join("\n"));
}

interface TagsAt {
  readonly place: string;
  readonly there: readonly string[];
  readonly missing: readonly string[];
}

function placesOf({ image, plan, outcomes }: Tagging): TagsAt[] {
  const ended = new Set(outcomes.map(({ step }) => step));
  const steps = plan.steps.flatMap((step) => (step.action === "tag" ? [step] : []));
  const tags = (some: readonly { readonly tag: string }[]) => some.map(({ tag }) => tag);
  return [...Map.groupBy(steps, ({ target }) => target)].map(([target, here]) => ({
    place: image === undefined ? target : `${image}  ${target}`,
    there: tags(here.filter((step) => ended.has(step))),
    missing: tags(here.filter((step) => !ended.has(step))),
  }));
}

function lineOf({ place, there, missing }: TagsAt): string {
  const said = [
    ...(there.length > 0 ? [`${there.join(", ")} done`] : []),
    ...(missing.length > 0 ? [`not done, or not answered: ${missing.join(", ")}`] : []),
  ];
  return `${place}: ${said.join("; ")}`;
}
