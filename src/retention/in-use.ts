import { SlipwayError } from "../errors.ts";

type Loose = Readonly<Record<string, unknown>>;

/**
 * The image references that something runs, from a text with one a line (`#` begins a comment) or from the
 * JSON of `kubectl get pods -o json`, `aws ecs describe-tasks`, `aws ecs describe-task-definition`,
 * `aws lambda get-function`, known by their shape. `source` is only the name that an
 * error carries. Throws USAGE for JSON of something else, and for no text at all: a command that failed before
 * a pipe says nothing, and what it was asked for may run all the same.
 */
export function readInUse(text: string, source: string): readonly string[] {
  const start = text.trimStart()[0];
  if (start !== "{" && start !== "[") return lines(text, source);
  const value = parse(text, source);
  return referencesOf(Array.isArray(value) ? value : [value], source);
}

/** As `readInUse`, from documents that are read already. */
export function referencesOf(documents: readonly unknown[], source: string): readonly string[] {
  return [...new Set(documents.flatMap((document) => referencesIn(document, source)))];
}

function lines(text: string, source: string): readonly string[] {
  if (text.trim() === "") throw unreadable(source, "it is empty");
  const found = text.split(/\r?\n/).map((line) => line.replace(/#.*/, "").trim());
  return [...new Set(found.filter((line) => line !== ""))];
}

function parse(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable(source, `it is not JSON: ${(cause as Error).message}`, cause);
  }
}

function referencesIn(document: unknown, source: string): readonly string[] {
  if (typeof document === "string") return [document];
  const found = object(document);
  const shape = shapes.find(({ isIt }) => isIt(found));
  if (shape) return shape.references(found).map(bare).filter(isReference);
  const names = Object.keys(found).slice(0, 5).join(", ") || "nothing";
  throw unreadable(source, `it is no output of kubectl, aws ecs or aws lambda: it has ${names}`);
}

interface Shape {
  readonly isIt: (document: Loose) => boolean;
  readonly references: (document: Loose) => readonly unknown[];
}

const shapes: readonly Shape[] = [
  {
    isIt: ({ kind, items }) => typeof kind === "string" && Array.isArray(items),
    references: ({ items }) => objects(items).flatMap(kubernetesImages),
  },
  {
    isIt: ({ kind, spec }) => typeof kind === "string" && spec !== undefined,
    references: kubernetesImages,
  },
  {
    isIt: ({ tasks }) => Array.isArray(tasks),
    references: ({ tasks }) =>
      objects(tasks).flatMap(({ containers }) => objects(containers).flatMap(taskImages)),
  },
  {
    isIt: ({ taskDefinition }) => taskDefinition !== undefined,
    references: ({ taskDefinition }) =>
      objects(object(taskDefinition).containerDefinitions).map(({ image }) => image),
  },
  {
    isIt: ({ Configuration, Code }) => Configuration !== undefined && Code !== undefined,
    references: ({ Code }) => [object(Code).ImageUri, object(Code).ResolvedImageUri],
  },
];

/** A pod, or what holds a template of one. */
function kubernetesImages({ spec, status }: Loose): readonly unknown[] {
  const own = object(spec);
  const template = object(object(object(own.jobTemplate).spec ?? own).template ?? {});
  const specs = [own, object(template.spec)];
  const kinds = ["containers", "initContainers", "ephemeralContainers"];
  const wanted = specs.flatMap((each) => kinds.flatMap((kind) => objects(each[kind])));
  const states = kinds.map((kind) => `${kind.replace(/s$/, "")}Statuses`);
  const running = states.flatMap((name) => objects(object(status)[name]));
  return [
    ...wanted.map(({ image }) => image),
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

function object(value: unknown): Loose {
  return typeof value === "object" && value !== null ? (value as Loose) : {};
}

function objects(value: unknown): readonly Loose[] {
  return Array.isArray(value) ? value.map(object) : [];
}

function unreadable(source: string, why: string, cause?: unknown): SlipwayError {
  return new SlipwayError("USAGE", `cannot read what is in use from ${source}: ${why}`, {
    suggestions: ["kubectl get pods -A -o json | slipway lifecycle plan --in-use -"],
    cause,
  });
}
