import { SlipwayError } from "../errors.ts";
import { type Loose, object, objects } from "../loose.ts";
import { type Entry, entriesOf, whyNoList } from "./in-use-list.ts";

/** What somebody gave as the answer to what runs; `name` is what an error calls it. */
export interface InUseText {
  readonly text: string;
  readonly name: string;
}

/**
 * The image references of all sources. Throws USAGE for one that cannot be read, and where all of them together name
 * nothing: a question to the wrong cluster or namespace is answered with an empty list. A text of nothing but a
 * comment says so on purpose, and is taken at its word.
 */
export function readAllInUse(sources: readonly InUseText[]): readonly string[] {
  const found = sources.flatMap(({ text, name }) => readInUse(text, name));
  const [first] = sources;
  if (first && found.length === 0 && !sources.some(({ text }) => isRemark(text))) {
    throw unreadable(sources.map(({ name }) => name).join(" and "), "no image is named there", {
      suggestions: ["where nothing runs, leave --in-use out, or give it a comment: # none"],
    });
  }
  return [...new Set(found)];
}

/**
 * The image references that something runs, from a text with one a line (`#` begins a comment) or from the
 * JSON of `kubectl get pods -o json`, `aws ecs describe-tasks`, `aws ecs describe-task-definition`,
 * `aws lambda get-function`, one or several in a row, known by their shape. `source` is only the name that an
 * error carries. Throws USAGE for anything else, for an answer that says that it is not the whole one, and for no text
 * at all: a command that failed before a pipe says nothing, and what it was asked for may run all the same.
 */
export function readInUse(text: string, source: string): readonly string[] {
  const start = text.trimStart()[0];
  if (start === undefined) throw unreadable(source, "it is empty");
  if (start !== "{" && start !== "[") return listed(entriesOf(text), source);
  return [...new Set(parse(text, source).flatMap((answer) => readAnswer(answer, source)))];
}

/** No answer has lists in lists so deep; to flatten what has would end the stack. */
const deepest = 100;

function readAnswer(answer: unknown, source: string): readonly string[] {
  // A query of the aws command answers with lists in lists: [*].containers[*].image.
  const documents = [answer].flat(deepest);
  const texts = documents.filter((document) => typeof document === "string");
  if (texts.length > 0 && texts.length === documents.length) {
    const entries = texts.map((entry, at) => ({ text: entry, place: `entry ${at + 1}` }));
    return listed(entries, source);
  }
  for (const document of documents) verifyWhole(document, source);
  return referencesOf(documents, source);
}

/** As `readInUse`, from documents that are read already. */
export function referencesOf(documents: readonly unknown[], source: string): readonly string[] {
  return [...new Set(documents.flatMap((document) => referencesIn(document, source)))];
}

function listed(entries: readonly Entry[], source: string): readonly string[] {
  const why = whyNoList(entries);
  if (why !== undefined) throw unreadable(source, why);
  return [...new Set(entries.map((entry) => entry.text))];
}

function isRemark(text: string): boolean {
  return text.trimStart().startsWith("#") && entriesOf(text).length === 0;
}

/** One document, or several in a row as from a loop over clusters: each begins a line, and what is in one is indented. */
function parse(text: string, source: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch (cause) {
    const documents = text.split(/\n(?=[[{])/);
    if (documents.length > 1) return documents.flatMap((document) => parse(document, source));
    throw unreadable(source, `it is not JSON: ${(cause as Error).message}`, { cause });
  }
}

function referencesIn(document: unknown, source: string): readonly string[] {
  const found = object(document);
  return shapeOf(found, source).references(found).map(bare).filter(isReference);
}

/** What says that there is more, or that something runs and not what of, must not count as all that runs. */
function verifyWhole(document: unknown, source: string): void {
  const found = object(document);
  const shape = shapeOf(found, source);
  const lacking = shape.lacking?.(found);
  if (lacking !== undefined) throw unreadable(source, lacking);
  const about = shape.about(found);
  if (about.length === 0 || referencesIn(document, source).length > 0) return;
  const kinds = [...new Set(about)].slice(0, 5).join(", ");
  throw unreadable(source, `no image is named in ${kinds}`);
}

function shapeOf(found: Loose, source: string): Shape {
  const shape = shapes.find(({ isIt }) => isIt(found));
  if (shape) return shape;
  const names = Object.keys(found).slice(0, 5).join(", ") || "nothing";
  throw unreadable(
    source,
    `it is not the output of kubectl, aws ecs or aws lambda: it has ${names}`,
  );
}

interface Shape {
  readonly isIt: (document: Loose) => boolean;
  readonly references: (document: Loose) => readonly unknown[];
  /** What must name an image, a kind for each. */
  readonly about: (document: Loose) => readonly unknown[];
  /** Why it is not all that was asked for, where it says so. */
  readonly lacking?: (document: Loose) => string | undefined;
}

const shapes: readonly Shape[] = [
  {
    isIt: ({ kind, items }) => typeof kind === "string" && Array.isArray(items),
    references: ({ items }) => objects(items).flatMap(kubernetesImages),
    about: ({ items }) => objects(items).map(({ kind = "an item without a kind" }) => kind),
    lacking: ({ metadata }) =>
      object(metadata).continue ? "it is one page of a list that goes on" : undefined,
  },
  {
    isIt: ({ kind, spec }) => typeof kind === "string" && spec !== undefined,
    references: kubernetesImages,
    about: ({ kind }) => [kind],
  },
  {
    isIt: ({ tasks }) => Array.isArray(tasks),
    references: ({ tasks }) =>
      objects(tasks).flatMap(({ containers }) => objects(containers).flatMap(taskImages)),
    about: ({ tasks }) => objects(tasks).map(() => "tasks"),
    lacking: ({ failures }) => failureText(objects(failures)),
  },
  {
    isIt: ({ taskDefinition }) => taskDefinition !== undefined,
    references: ({ taskDefinition }) =>
      objects(object(taskDefinition).containerDefinitions).map(({ image }) => image),
    about: () => ["taskDefinition"],
  },
  {
    isIt: ({ Configuration, Code }) => Configuration !== undefined && Code !== undefined,
    references: ({ Code }) => [object(Code).ImageUri, object(Code).ResolvedImageUri],
    // A function of a zip file is of no image.
    about: () => [],
  },
];

/** `aws ecs describe-tasks` ends with 0 where it describes none of what it was asked for, as in the wrong cluster. */
function failureText(failures: readonly Loose[]): string | undefined {
  const [first] = failures;
  if (!first) return undefined;
  const { arn = "a task", reason = "for an unknown reason" } = first;
  const more = failures.length > 1 ? `, and ${failures.length - 1} more` : "";
  return `ECS does not tell of ${arn} (${reason})${more}: list and describe the tasks of the same cluster again`;
}

/** A pod, or what holds a template of one. */
function kubernetesImages({ spec, status }: Loose): readonly unknown[] {
  const own = object(spec);
  const template = object(object(object(own.jobTemplate).spec ?? own).template ?? {});
  const specs = [own, object(template.spec)];
  const kinds = ["containers", "initContainers", "ephemeralContainers"];
  const wanted = specs.flatMap((each) => kinds.flatMap((kind) => objects(each[kind])));
  // A volume may be an image, too.
  const volumes = specs.flatMap((each) => objects(each.volumes));
  const states = kinds.map((kind) => `${kind.replace(/s$/, "")}Statuses`);
  const running = states.flatMap((name) => objects(object(status)[name]));
  return [
    ...wanted.map(({ image }) => image),
    ...volumes.map(({ image }) => object(image).reference),
    ...running.flatMap(({ image, imageID }) => [image, imageID]),
  ];
}

/** A task keeps the tag that was asked for and the digest that came. */
function taskImages({ image, imageDigest }: Loose): readonly unknown[] {
  if (typeof image !== "string" || typeof imageDigest !== "string") return [image];
  return [image, `${image.replace(/@.*$/, "").replace(/:[^:/]*$/, "")}@${imageDigest}`];
}

/** Without the scheme of a container runtime (`docker-pullable://`). */
function bare(reference: unknown): unknown {
  return typeof reference === "string" ? reference.replace(/^[a-z-]+:\/\//, "") : reference;
}

/** A container runtime may tell the bare digest of the image's configuration, which no registry knows. */
function isReference(reference: unknown): reference is string {
  return typeof reference === "string" && reference !== "" && !reference.startsWith("sha256:");
}

function unreadable(
  source: string,
  why: string,
  { suggestions = formats, cause }: { suggestions?: readonly string[]; cause?: unknown } = {},
): SlipwayError {
  const message = `cannot read what is in use from ${source}: ${why}`;
  return new SlipwayError("USAGE", message, { suggestions, cause });
}

const formats: readonly string[] = [
  "kubectl get pods -A -o json | slipway lifecycle plan --in-use -",
  "docker ps --format '{{.Image}}' | slipway lifecycle plan --in-use -",
  "docker compose config --images | slipway lifecycle plan --in-use -",
];
