import { type ImageName, parseImageName } from "./image-name.ts";
import { type Instruction, type Pair, type ParsedText, parseText } from "./instruction.ts";
import { expand, platformArguments, type Scope } from "./variables.ts";

/** What a stage stands on, or copies from. */
export type Origin =
  | { readonly kind: "scratch" }
  | { readonly kind: "stage"; readonly stage: Stage }
  /** A named context of the build, by its name there, whatever is behind it. */
  | { readonly kind: "context"; readonly name: string }
  | ({ readonly kind: "image" } & ImageName)
  /** The file alone does not tell. */
  | { readonly kind: "unknown" };

export interface Stage {
  readonly index: number;
  readonly name?: string;
  readonly from: Instruction;
  readonly base: Origin;
  /** Without FROM. Those of ONBUILD run elsewhere and are not looked into. */
  readonly instructions: readonly Instruction[];
  /** What ARG and ENV say at its end, those of the stages below it too. */
  readonly scope: Scope;
  /** Where COPY --from and RUN --mount=from take from. */
  readonly sources: readonly Origin[];
}

/** What the build adds to the text. */
export interface BuildFacts {
  readonly target?: string | undefined;
  readonly args: Readonly<Record<string, string>>;
  /** Names of the named contexts. */
  readonly contexts: readonly string[];
}

export interface Dockerfile {
  readonly stages: readonly Stage[];
  readonly comments: ParsedText["comments"];
  /** All in the order of the text. */
  readonly instructions: readonly Instruction[];
}

/** The text in stages, names resolved as BuildKit resolves them: a stage before a named context before an image. */
export function readDockerfile(text: string, facts: BuildFacts): Dockerfile {
  const { instructions, comments } = parseText(text);
  const starts = instructions.flatMap(({ keyword }, at) => (keyword === "FROM" ? [at] : []));
  const globals = scopeOf(instructions.slice(0, starts[0]), platformArguments, facts.args);
  const stages: Stage[] = [];
  starts.forEach((start, index) => {
    const [from, ...own] = instructions.slice(start, starts[index + 1]);
    if (from !== undefined) stages.push(stageOf({ from, own, globals, facts, before: stages }));
  });
  return { stages, comments, instructions };
}

interface Opening {
  readonly from: Instruction;
  readonly own: readonly Instruction[];
  readonly globals: Scope;
  readonly facts: BuildFacts;
  readonly before: readonly Stage[];
}

function stageOf({ from, own, globals, facts, before }: Opening): Stage {
  const [image = "", as = "", name] = from.words;
  const base = originOf(expand(image, globals), before, facts.contexts);
  const below: Scope = base.kind === "stage" ? base.stage.scope : new Map();
  const scope = scopeOf(own, below, facts.args, globals);
  return {
    index: before.length,
    ...(as.toUpperCase() === "AS" && name !== undefined && { name: name.toLowerCase() }),
    from,
    base,
    instructions: own,
    scope,
    sources: own
      .flatMap(sourceNames)
      .map((text) => originOf(expand(text, scope), before, facts.contexts, true)),
  };
}

function originOf(
  name: string | undefined,
  before: readonly Stage[],
  contexts: readonly string[],
  byNumber = false,
): Origin {
  if (!name) return { kind: "unknown" };
  const lower = name.toLowerCase();
  const stage =
    before.findLast((one) => one.name === lower) ??
    (byNumber && /^\d+$/.test(name) ? before[Number(name)] : undefined);
  if (stage !== undefined) return { kind: "stage", stage };
  const context = contexts.find((one) => one.toLowerCase() === lower);
  if (context !== undefined) return { kind: "context", name: context };
  return lower === "scratch" ? { kind: "scratch" } : { kind: "image", ...parseImageName(name) };
}

function sourceNames({ keyword, flags }: Instruction): string[] {
  if (keyword === "COPY")
    return flags.flatMap(({ name, value }) => (name === "from" ? [value] : []));
  if (keyword !== "RUN") return [];
  return flags.flatMap(({ name, value }) => {
    const from = name === "mount" ? mountOptions(value).get("from") : undefined;
    return from === undefined ? [] : [from];
  });
}

/** `type=cache,target=/root/.npm` as names and values; `type` is `bind` where none is given. */
export function mountOptions(value: string): ReadonlyMap<string, string> {
  const pairs = value.split(",").map((part): [string, string] => {
    const [name = "", ...rest] = part.split("=");
    return [name.trim().toLowerCase(), rest.join("=").replace(/^["']|["']$/g, "")];
  });
  return new Map([["type", "bind"], ...pairs]);
}

/** Adds what ARG and ENV say. A build argument outranks a default; ENV outranks both. */
function scopeOf(
  instructions: readonly Instruction[],
  below: Scope,
  args: BuildFacts["args"],
  globals: Scope = new Map(),
): Scope {
  const scope = new Map(below);
  const said = instructions.flatMap(({ keyword, pairs }) =>
    keyword === "ENV" || keyword === "ARG" ? pairs.map((pair) => ({ keyword, pair })) : [],
  );
  for (const { keyword, pair } of said) {
    const { name, value } = pair;
    const known = value === null ? (globals.get(name) ?? null) : given(pair, scope);
    const built = keyword === "ARG" && Object.hasOwn(args, name) ? args[name] : undefined;
    scope.set(name, built ?? known);
  }
  return scope;
}

function given({ value }: Pair, scope: Scope): string | null {
  return value === null ? null : (expand(value, scope) ?? null);
}
