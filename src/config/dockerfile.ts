/** A build stage: its name, or its number where it has none. */
export interface DockerfileStage {
  readonly name?: string;
  readonly base: string;
}

/** The stages of a Dockerfile in order, read from its FROM lines; everything else is passed over. */
export function dockerfileStages(text: string): readonly DockerfileStage[] {
  return logicalLines(text).flatMap((line) => {
    const match = /^from\s+(?:--\S+\s+)*(\S+)(?:\s+as\s+(\S+))?\s*$/i.exec(line);
    if (!match) return [];
    const [, base = "", name] = match;
    return [{ ...(name !== undefined && { name }), base }];
  });
}

// Comments first: docker drops them even between the lines of one instruction.
function logicalLines(text: string): readonly string[] {
  return text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => !line.startsWith("#"))
    .join("\n")
    .replaceAll(/\\[ \t]*\n/g, " ")
    .split("\n");
}
