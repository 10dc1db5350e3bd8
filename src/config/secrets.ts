import type { BuildSecret } from "../docker/build-spec.ts";
import { type Loose, object } from "../loose.ts";
import { showValue } from "../wording.ts";
import type { ConfigMistake } from "./mistakes.ts";

const shortForm = "id=NAME,src=FILE or id=NAME,env=VARIABLE";

/** Reads one secret, an object or buildx's short form; `undefined` when it is neither. */
export function parseSecret(secret: unknown): BuildSecret | undefined {
  const { id, file, env } = typeof secret === "string" ? shortSecret(secret) : object(secret);
  if (!isFullText(id)) return undefined;
  if (isFullText(file)) return { id, file };
  return isFullText(env) ? { id, env } : undefined;
}

/** What the schema cannot say about secrets: where each comes from, and that ids are unique. */
export function checkSecrets(secrets: unknown): readonly ConfigMistake[] {
  if (!Array.isArray(secrets)) return [];
  const ids = secrets.map((secret) => parseSecret(secret)?.id);
  return secrets.flatMap((secret: unknown, index) => {
    const id = ids[index];
    const isRepeated = id !== undefined && ids.indexOf(id) < index;
    const repeated = `expected an id of its own, found ${showValue(id)} again`;
    const message = isRepeated ? repeated : sourceMistake(secret);
    if (message === undefined) return [];
    return [{ path: ["build", "secrets", index], part: "value" as const, message }];
  });
}

function sourceMistake(secret: unknown): string | undefined {
  if (typeof secret === "string") {
    const isWrong = secret !== "" && parseSecret(secret) === undefined;
    return isWrong ? `expected ${shortForm}, found ${showValue(secret)}` : undefined;
  }
  const { id, file, env } = object(secret);
  if (id === undefined || (file === undefined) !== (env === undefined)) return undefined;
  return `expected one of file and env, found ${file === undefined ? "none" : "both"}`;
}

// buildx: id, type, env, and src or source, which is a file or, with type=env, a variable. What a bare
// id means depends on buildx's environment, so it is not taken.
function shortSecret(text: string): Loose {
  const parts = text.split(",").map((part) => part.split("="));
  const values = new Map(parts.map(([key = "", ...value]) => [key.trim(), value.join("=")]));
  const known = ["id", "type", "src", "source", "env"];
  if ([...values.keys()].some((key) => !known.includes(key))) return {};
  const { id, type, src, source = src, env } = Object.fromEntries(values);
  if (env !== undefined) return source === undefined ? { id, env } : {};
  return type === "env" ? { id, env: source ?? id } : { id, file: source };
}

function isFullText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
