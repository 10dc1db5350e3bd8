interface Stage {
  readonly name: string | undefined;
  /** Its platform is written down or that of the building machine, so its commands need no emulation. */
  readonly offTarget: boolean;
  readonly runs: boolean;
  /** Names and numbers of what it stands on or copies from: stages, images, contexts. */
  readonly needs: readonly string[];
}

/**
 * Whether building `target` (or the last stage) runs commands on the target platform, which needs a
 * machine or an emulator of it. A stage `FROM --platform=$BUILDPLATFORM` cross-compiles and does not, and
 * BuildKit passes over stages that the target does not need. What the text alone cannot tell counts as running.
 */
export function runsOnTargetPlatform(dockerfile: string, target?: string): boolean {
  const stages = readStages(dockerfile);
  const wanted = target?.toLowerCase();
  const goal = wanted === undefined ? stages.at(-1) : find(stages, wanted);
  if (goal === undefined) return true;
  const reached = new Set<Stage>();
  reach(goal, stages, reached);
  return [...reached].some(({ runs, offTarget }) => runs && !offTarget);
}

function reach(stage: Stage, stages: readonly Stage[], reached: Set<Stage>): void {
  if (reached.has(stage)) return;
  reached.add(stage);
  for (const name of stage.needs) {
    const needed = find(stages, name);
    if (needed !== undefined) reach(needed, stages, reached);
  }
}

function find(stages: readonly Stage[], name: string): Stage | undefined {
  return stages.find((stage) => stage.name === name) ?? stages[/^\d+$/.test(name) ? +name : -1];
}

function readStages(dockerfile: string): Stage[] {
  const stages: Stage[] = [];
  for (const line of logicalLines(dockerfile)) {
    const from = fromLine.exec(line);
    const current = stages.at(-1);
    if (from) stages.push(openStage(from, stages));
    else if (current) stages.splice(-1, 1, withInstruction(current, line));
  }
  return stages;
}

function openStage([, flags = "", image = "", name]: RegExpExecArray, before: Stage[]): Stage {
  const base = image.toLowerCase();
  const platform = /--platform=(\S+)/.exec(flags)?.[1];
  const inherited = before.find((stage) => stage.name === base)?.offTarget ?? false;
  return {
    name: name?.toLowerCase(),
    offTarget: platform === undefined ? inherited : !platform.includes("TARGET"),
    runs: false,
    needs: [base],
  };
}

function withInstruction(stage: Stage, line: string): Stage {
  const sources = [...line.matchAll(/^COPY\s.*?--from=(\S+)|--mount=\S*?\bfrom=([^,\s]+)/gi)];
  return {
    ...stage,
    runs: stage.runs || /^(?:ONBUILD\s+)?RUN\s/i.test(line),
    needs: [...stage.needs, ...sources.map(([, a, b]) => (a ?? b ?? "").toLowerCase())],
  };
}

/** The names of the stages, as they are written and in their order; one without a name is passed over. */
export function stageNames(dockerfile: string): readonly string[] {
  return logicalLines(dockerfile).flatMap((line) => fromLine.exec(line)?.[3] ?? []);
}

const fromLine = /^FROM\s+((?:--\S+\s+)*)(\S+)(?:\s+AS\s+(\S+))?/i;

/** Lines with their continuations joined; comments, here-documents and a byte order mark left out. */
function logicalLines(text: string): string[] {
  const lines = text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .filter((line) => !/^\s*#/.test(line));
  const joined = lines
    .join("\n")
    .replace(/[\\`][ \t]*\n/g, " ")
    .split("\n")
    .map((line) => line.trim());
  return withoutHereDocuments(joined);
}

/** `RUN <<EOF` and the like: a line of a script or a file may begin with `from`, too. */
function withoutHereDocuments(lines: readonly string[]): string[] {
  const open: string[] = [];
  return lines.filter((line) => {
    if (open.length > 0) {
      if (line === open[0]) open.shift();
      return false;
    }
    if (/^(?:RUN|COPY|ADD)\s/i.test(line)) {
      open.push(
        ...[...line.matchAll(/\s\d*<<-?(["']?)(\w+)\1(?=\s|$)/g)].map(([, , end = ""]) => end),
      );
    }
    return true;
  });
}
