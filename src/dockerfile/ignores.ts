import type { Dockerfile } from "./stages.ts";

/** `# slipway-ignore: CODE reason` above an instruction, or amid it. */
export interface Ignore {
  readonly line: number;
  readonly codes: readonly string[];
  readonly reason: string;
  /** The lines of the instruction that it is about; none when nothing comes after it. */
  readonly first: number;
  readonly last: number;
}

/** The ignores of the text, in order. Several codes stand with commas between them. */
export function ignoresIn({ comments, instructions }: Dockerfile): readonly Ignore[] {
  return comments.flatMap(({ line, text }) => {
    const [, codes = "", reason = ""] =
      /^slipway-ignore:\s*(\w+(?:\s*,\s*\w+)*)\s*(.*)$/.exec(text.trim()) ?? [];
    if (codes === "") return [];
    const about = instructions.find(({ lastLine }) => lastLine > line);
    return [
      {
        line,
        codes: codes.split(/\s*,\s*/),
        reason: reason.trim(),
        first: about?.line ?? 0,
        last: about?.lastLine ?? 0,
      },
    ];
  });
}
