import { SlipwayError } from "../errors.ts";
import type { FailedStep } from "./progress.ts";

interface Ending {
  readonly exitCode: number | undefined;
  readonly failure: FailedStep | undefined;
  /** What buildx said besides its progress, the last lines of it. */
  readonly others: readonly string[];
  /** Which of several images it is about, where that is known. */
  readonly image?: string | undefined;
}

/** BUILD_FAILED: the failing step, its own last output, and where it stands in the Dockerfile. */
export function buildFailed({ exitCode, failure, others, image }: Ending): SlipwayError {
  const place = placeIn(others);
  const of = image === undefined ? "" : `${image}: `;
  if (failure === undefined) {
    const said = others.filter((line) => !isNoise(line)).slice(-12);
    const told = said.length > 0 ? errorFirst(said) : `buildx ended with ${exitCode ?? "a signal"}`;
    return new SlipwayError("BUILD_FAILED", `${of}the build failed: ${told}`, {
      suggestions: place === undefined ? [] : [`look at ${place}`],
    });
  }
  const output = failure.lastLines.map((line) => `  ${line}`).join("\n");
  const where = place === undefined ? "" : ` (${place})`;
  return new SlipwayError(
    "BUILD_FAILED",
    `${of}the build step '${failure.name}' failed${where}: ${failure.error}${output && `\n${output}`}`,
    { suggestions: suggestionsFor(failure, place) },
  );
}

/** The target of a bake that failed, as buildx's last word names it. */
export function failedTarget(others: readonly string[]): string | undefined {
  const named = others.map((line) => /^ERROR: target ([\w-]+): /.exec(line)?.[1]);
  return named.findLast((target) => target !== undefined);
}

function suggestionsFor(failure: FailedStep, place: string | undefined): string[] {
  const killed = /\bexit code: 137\b/.test(failure.error);
  return [
    ...(place === undefined ? [] : [`look at ${place}`]),
    ...(killed ? ["give the builder more memory: exit code 137 is a process that was killed"] : []),
  ];
}

/** buildx prints `Dockerfile:3` above an excerpt of the file. */
function placeIn(lines: readonly string[]): string | undefined {
  return lines.find((line) => /^\S+:\d+$/.test(line));
}

/** Told while several platforms write one blob into the layout; buildx writes it again. */
function isNoise(line: string): boolean {
  return /\bref \S+ locked for /.test(line);
}

/** buildx shows the excerpt of the Dockerfile first and says last what is wrong with it. */
function errorFirst(said: readonly string[]): string {
  const error = said.findLast((line) => line.startsWith("ERROR: "));
  if (error === undefined) return said.join("\n");
  return [withoutPrefix(error), ...said.filter((line) => line !== error)].join("\n  ");
}

function withoutPrefix(text: string): string {
  return text.replace(
    /^ERROR: (?:failed to build: )?(?:target [\w-]+: )?(?:failed to solve: )?/,
    "",
  );
}
