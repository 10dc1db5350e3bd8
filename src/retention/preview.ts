import type { PreviewedImage } from "../ecr/types.ts";
import type { Departure, Verdict } from "../lifecycle/verdict.ts";

/** What one side says of an image: by which rule it goes, or that it stays. */
export type Said = { readonly departure: Departure; readonly rule: number } | "stays";

export interface Disagreement {
  readonly digest: string;
  readonly ours: Said;
  readonly preview: Said;
}

export type PreviewComparison =
  | { readonly state: "agrees"; readonly images: number }
  | {
      readonly state: "disagrees";
      readonly images: number;
      readonly disagreements: readonly Disagreement[];
    }
  | { readonly state: "unavailable"; readonly because: string };

/**
 * Compares our verdicts with ECR's preview. A preview shows what rules mark, also what an index then
 * holds back, and says nothing of referrers that follow their subject.
 */
export function comparePreview(
  verdicts: readonly Verdict[],
  preview: readonly PreviewedImage[] | { readonly unavailable: string },
): PreviewComparison {
  if ("unavailable" in preview) return { state: "unavailable", because: preview.unavailable };
  const theirs = new Map(
    preview.map(({ digest, departure, rule }) => [digest, { departure, rule }]),
  );
  const ours = new Map(verdicts.flatMap((verdict) => marked(verdict)));
  const digests = [...new Set([...ours.keys(), ...theirs.keys()])];
  const disagreements = digests.flatMap((digest): readonly Disagreement[] => {
    const we: Said = ours.get(digest) ?? "stays";
    const they: Said = theirs.get(digest) ?? "stays";
    return JSON.stringify(we) === JSON.stringify(they) ? [] : [{ digest, ours: we, preview: they }];
  });
  const images = preview.length;
  if (disagreements.length === 0) return { state: "agrees", images };
  return { state: "disagrees", images, disagreements };
}

function marked(verdict: Verdict): readonly (readonly [string, Said])[] {
  const { digest, fate } = verdict;
  if (fate === "blocked") return [[digest, { departure: verdict.would, rule: verdict.rule }]];
  if (fate === "kept" || verdict.because !== "rule") return [];
  return [[digest, { departure: fate, rule: verdict.rule }]];
}
