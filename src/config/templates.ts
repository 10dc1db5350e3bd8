import { nearestWord, showValue } from "../wording.ts";
import type { ValuePath } from "../yaml.ts";
import type { ConfigMistake } from "./mistakes.ts";

type Kind = "version" | "commit" | "floating" | "channel";

const kinds: readonly Kind[] = ["version", "commit", "floating", "channel"];
const placeholders = ["version", "major", "minor", "patch", "prerelease", "channel"];
const sources = ["sha", "branch", "date"];
const known = [...placeholders, ...sources, "sha:12"];

interface Template {
  readonly path: ValuePath;
  readonly text: string;
  readonly kind: Kind;
  readonly isFirst: boolean;
  /** Names of its placeholders; of `sha:12` it is `sha`. */
  readonly names: readonly string[];
}

/**
 * What is nonsense in tag templates, each by itself and together: what a template means must agree with
 * where it stands. What it renders to is looked at when the version is known. Values that are no texts
 * are passed over; the schema has named them.
 */
export function checkTemplates(tags: unknown): readonly ConfigMistake[] {
  const templates = kinds.flatMap((kind) => templatesOf(tags, kind));
  return [
    ...templates.flatMap((template) => checkTemplate(template)),
    ...checkNoVersion(tags),
    ...checkRepeats(templates),
  ];
}

function templatesOf(tags: unknown, kind: Kind): readonly Template[] {
  const value = (tags as Readonly<Record<string, unknown>> | undefined | null)?.[kind];
  const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
  return texts.flatMap((text, index) => {
    if (typeof text !== "string" || text === "") return [];
    const path = Array.isArray(value) ? ["tags", kind, index] : ["tags", kind];
    const names = [...text.matchAll(/\{([^{}]*)\}/g)].map(
      ([, name = ""]) => name.split(":")[0] ?? "",
    );
    return [{ path, text, kind, isFirst: index === 0, names }];
  });
}

function checkTemplate(template: Template): readonly ConfigMistake[] {
  const form = formMistake(template.text);
  const message = form ?? meaningMistake(template);
  if (message === undefined) return [];
  return [
    {
      path: template.path,
      part: "value",
      message: `${message}, found ${showValue(template.text)}`,
    },
  ];
}

/** What is wrong with a template wherever it stands. */
function formMistake(text: string): string | undefined {
  const parts = [...text.matchAll(/\{([^{}]*)\}/g)].map(([, part = ""]) => part);
  const wrong = parts.find((part) => !isPlaceholder(part));
  if (wrong !== undefined) return unknownPlaceholder(wrong);
  const literal = text.replaceAll(/\{[^{}]*\}/g, "");
  if (/[{}]/.test(literal)) return "expected every { to have its }";
  const illegal = /[^\w.-]/.exec(literal);
  if (illegal) return `expected letters, digits, '_', '.' and '-', not ${showValue(illegal[0])}`;
  if (/^[.-]/.test(text)) return `expected a tag that does not begin with '${text[0]}'`;
  return literal.length > 128 ? "expected a tag of at most 128 characters" : undefined;
}

function isPlaceholder(part: string): boolean {
  if (placeholders.includes(part) || sources.includes(part)) return true;
  const length = /^sha:(\d{1,2})$/.exec(part)?.[1];
  return length !== undefined && Number(length) >= 4 && Number(length) <= 40;
}

function unknownPlaceholder(part: string): string {
  if (/^sha:/.test(part)) return `expected {sha:N} with N from 4 to 40, not {${part}}`;
  const nearest = nearestWord(part, known);
  const all = known.map((name) => `{${name}}`).join(" ");
  return `unknown placeholder {${part}}, ${nearest ? `did you mean {${nearest}}?` : `known are ${all}`}`;
}

/** What makes no sense in this place. */
function meaningMistake(template: Template): string | undefined {
  switch (template.kind) {
    case "version":
      return template.isFirst ? firstVersionMistake(template) : versionMistake(template);
    case "commit":
      return template.names.includes("sha") ? undefined : "expected {sha} in the tag of a commit";
    case "floating":
      return movingMistake(template, ["major", "minor"]);
    case "channel":
      return movingMistake(template, ["channel", "major", "minor"]);
  }
}

function firstVersionMistake({ names }: Template): string | undefined {
  const why = "as versions are read back from the registry with it";
  if (!names.includes("version")) return `expected {version} in the first version template, ${why}`;
  if (names.length === 1) return undefined;
  return `expected no placeholder beside {version} in the first version template, ${why}`;
}

function versionMistake({ names }: Template): string | undefined {
  if (names.includes("version") || names.includes("patch")) return undefined;
  return "expected {version} in the tag of one version (what several share belongs in tags.floating)";
}

function movingMistake({ kind, names }: Template, allowed: readonly string[]): string | undefined {
  const fixed = names.find((name) => !allowed.includes(name));
  const braces = allowed.map((name) => `{${name}}`).join(" ");
  if (fixed === "channel")
    return "expected {channel} in tags.channel, as only prereleases have one";
  if (fixed !== undefined) {
    return `expected only ${braces} in a ${kind} tag, as one with {${fixed}} does not move along a line`;
  }
  if (names.includes("minor") && !names.includes("major")) {
    return "expected {major} beside {minor}, as 1.4 and 2.4 would share a tag";
  }
  return undefined;
}

function checkNoVersion(tags: unknown): readonly ConfigMistake[] {
  const version = (tags as { version?: unknown } | undefined | null)?.version;
  if (!Array.isArray(version) || version.length > 0) return [];
  const message = "expected at least one version template, such as {version}, found an empty list";
  return [{ path: ["tags", "version"], part: "value", message }];
}

function checkRepeats(templates: readonly Template[]): readonly ConfigMistake[] {
  const same = [...Map.groupBy(templates, ({ text }) => text).values()];
  return same.flatMap(([first, ...more]) =>
    more.map(({ path, text }) => ({
      path,
      part: "value" as const,
      message: `expected a template of its own, found ${showValue(text)}, which stands in tags.${first?.kind} too`,
    })),
  );
}
