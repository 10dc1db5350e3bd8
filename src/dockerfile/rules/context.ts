import type { LeakKind } from "../context.ts";
import type { Instruction } from "../instruction.ts";
import type { Hit, Judged, Level } from "../rule.ts";
import { takesWholeContext } from "./copied.ts";

interface Taking {
  readonly instruction: Instruction;
  /** In a layer that is published. */
  readonly isPublished: boolean;
}

function takings({ needed, chain }: Judged): readonly Taking[] {
  return needed.flatMap((stage) =>
    stage.instructions
      .filter(takesWholeContext)
      .map((instruction) => ({ instruction, isPublished: chain.includes(stage) })),
  );
}

/** https://docs.docker.com/build/concepts/context/#dockerignore-files */
export function ignoreFileMissing(judged: Judged): readonly Hit[] {
  const { context } = judged;
  const [first] = takings(judged);
  if (context === undefined || context.ignoreFile !== undefined || first === undefined) return [];
  return [
    {
      line: first.instruction.line,
      message: "the whole context is copied, and there is no .dockerignore",
      repair: "write a .dockerignore; .git, .env* and node_modules belong in it",
      level: context.leaks.length > 0 ? "warning" : "info",
    },
  ];
}

const words: Readonly<Record<LeakKind, string>> = {
  credentials: "credentials",
  git: "the history",
  modules: "dependencies of this machine",
};

/** What lies in the context now and would be copied; only what is there is told. */
export function contextLeaks(judged: Judged): readonly Hit[] {
  const all = takings(judged);
  const first = all.find(({ isPublished }) => isPublished) ?? all[0];
  if (first === undefined || judged.context === undefined) return [];
  const { leaks, ignoreFile = ".dockerignore" } = judged.context;
  return (Object.keys(words) as LeakKind[]).flatMap((kind) => {
    const paths = leaks.filter((leak) => leak.kind === kind).map(({ path }) => path);
    if (paths.length === 0) return [];
    const more = paths.length > 3 ? ` and ${paths.length - 3} more` : "";
    const level: Level = kind === "credentials" && first.isPublished ? "error" : "warning";
    return [
      {
        line: first.instruction.line,
        message: `${words[kind]} would be copied: ${paths.slice(0, 3).join(", ")}${more}`,
        repair: `add to ${ignoreFile}: ${paths.slice(0, 3).join(", ")}`,
        level,
      },
    ];
  });
}
