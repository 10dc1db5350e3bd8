interface Stage {
  readonly name: string;
  /** Its base is taken for the machine that builds, so its commands need no emulation. */
  readonly onBuildPlatform: boolean;
  readonly runs: boolean;
}

/**
 * Whether building `target` (or the last stage) runs commands on the target platform, which needs a
 * machine or an emulator of it. A stage `FROM --platform=$BUILDPLATFORM` cross-compiles and does not.
 * What cannot be told from the text alone counts as running.
 */
export function runsOnTargetPlatform(dockerfile: string, target?: string): boolean {
  const stages = readStages(dockerfile);
  const wanted = target?.toLowerCase();
  const goal = wanted === undefined ? stages.at(-1) : stages.find(({ name }) => name === wanted);
  // Stages that the goal copies from may run too: without following them, any stage counts.
  return goal === undefined || stages.some(({ runs, onBuildPlatform }) => runs && !onBuildPlatform);
}

function readStages(dockerfile: string): Stage[] {
  const stages: Stage[] = [];
  for (const line of logicalLines(dockerfile)) {
    const from = /^FROM\s+((?:--\S+\s+)*)(\S+)(?:\s+AS\s+(\S+))?/i.exec(line);
    if (from) stages.push(openStage(from, stages));
    else if (/^(?:ONBUILD\s+)?RUN\s/i.test(line)) markRunning(stages);
  }
  return stages;
}

function openStage([, flags = "", base = "", name]: RegExpExecArray, before: Stage[]): Stage {
  const parent = before.find((stage) => stage.name === base.toLowerCase());
  const platform = /--platform=(\S+)/.exec(flags)?.[1];
  const onBuildPlatform =
    platform === undefined
      ? (parent?.onBuildPlatform ?? false)
      : /^\$\{?BUILDPLATFORM\b/.test(platform);
  return { name: name?.toLowerCase() ?? String(before.length), onBuildPlatform, runs: false };
}

function markRunning(stages: Stage[]): void {
  const current = stages.pop();
  if (current) stages.push({ ...current, runs: true });
}

/** Lines with their continuations joined, comments left out. */
function logicalLines(text: string): string[] {
  const lines = text.split(/\r?\n/).filter((line) => !/^\s*#/.test(line));
  return lines
    .join("\n")
    .replace(/[\\`][ \t]*\n/g, " ")
    .split("\n")
    .map((line) => line.trim());
}
