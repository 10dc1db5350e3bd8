import { SlipwayError } from "../../errors.ts";
import { type Loose, object } from "../../loose.ts";
import type { Finding } from "../../release/gate.ts";
import { showValue } from "../../wording.ts";
import { readYaml } from "../../yaml.ts";

/** What is read of a service in a Compose file. https://github.com/compose-spec/compose-spec/blob/main/05-services.md */
export interface Service {
  readonly name: string;
  readonly image: string;
  /** Values that stand in the file. */
  readonly environment: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  /** As a shell reads it; without one a service counts as ready when it runs. */
  readonly healthCommand?: string;
}

export interface ComposeServices {
  readonly services: readonly Service[];
  /** What the file says of them and is not done here. */
  readonly findings: readonly Finding[];
}

type Env = Readonly<Record<string, string | undefined>>;

/** Those that mean nothing where all services are on one network, up before the image, and reached by nobody else. */
const meaningless = [
  ...["build", "container_name", "depends_on", "deploy", "expose", "labels", "networks"],
  ...["platform", "ports", "profiles", "pull_policy", "restart", "stop_grace_period"],
];
const read = ["command", "environment", "healthcheck", "image"];

/** The named services of a Compose file. Throws CONFIG_INVALID, naming the file and the service. */
export function readServices(
  { from, names }: { readonly from: string; readonly names: readonly string[] },
  text: string,
  env: Env,
): ComposeServices {
  const { value, mistakes } = readYaml(text);
  const [mistake] = mistakes;
  if (mistake !== undefined) {
    const said = `${from}:${mistake.line}: ${mistake.message}`;
    throw invalid(said, `docker compose --file ${from} config --quiet, once it is mended there`);
  }
  const all = object(object(value).services);
  const found = names.map((name) => {
    const raw = all[name];
    if (raw === undefined) {
      const known = Object.keys(all).join(", ") || "none";
      throw invalid(
        `${from} has no service '${name}'; its services: ${known}`,
        "name one of them in gates.smoke.services.names",
      );
    }
    return readService(`${from}: service '${name}'`, name, object(raw), env);
  });
  return {
    services: found,
    findings: names.flatMap((name) => leftOut(from, name, object(all[name]))),
  };
}

function readService(place: string, name: string, raw: Loose, env: Env): Service {
  const { image, command, healthcheck } = raw;
  if (typeof image !== "string") {
    throw invalid(`${place} has no image`, "build it first, and name it there with image:");
  }
  const fill = (words: string) => interpolate(words, env, place);
  const healthCommand = healthOf(healthcheck, place);
  return {
    name,
    image: fill(image),
    environment: environmentOf(raw.environment, env, fill, place),
    command: commandOf(command, place).map(fill),
    ...(healthCommand !== undefined && { healthCommand: fill(healthCommand) }),
  };
}

function environmentOf(raw: unknown, env: Env, fill: (words: string) => string, place: string) {
  const pairs: readonly (readonly [string, unknown])[] = Array.isArray(raw)
    ? raw.map((entry) => {
        const [name = "", ...value] = textOf(entry, `${place} has in its environment`).split("=");
        return [name, value.length === 0 ? undefined : value.join("=")] as const;
      })
    : Object.entries(object(raw));
  return Object.fromEntries(
    pairs.flatMap(([name, value]) => {
      const said = value ?? env[name];
      if (said === undefined) return [];
      const words = textOf(said, `${place} has for ${name}`);
      return [[name, value == null ? words : fill(words)]];
    }),
  );
}

function commandOf(command: unknown, place: string): readonly string[] {
  if (command === undefined || command === null) return [];
  const what = `${place} has in its command`;
  if (Array.isArray(command)) return command.map((word) => textOf(word, what));
  const text = textOf(command, what);
  if (/["'\\]/.test(text)) {
    throw invalid(`${place} has a command with quotes in it`, "write the command as a list");
  }
  return text.split(/\s+/).filter(Boolean);
}

/** `docker run` takes a health check as the line of a shell alone. */
function healthOf(healthcheck: unknown, place: string): string | undefined {
  const { test, disable } = object(healthcheck);
  if (disable === true || test === undefined) return undefined;
  const what = `${place} has in its health check`;
  if (!Array.isArray(test)) return textOf(test, what);
  const [kind, ...words] = test.map((word) => textOf(word, what));
  if (kind === "NONE") return undefined;
  return kind === "CMD" ? words.map(quoted).join(" ") : words.join(" ");
}

/** A number or a flag counts as it is written. Throws CONFIG_INVALID for `- NAME: value`, which Compose refuses too. */
function textOf(value: unknown, what: string): string {
  if (typeof value !== "object" && value !== undefined) return String(value);
  throw invalid(
    `${what} ${showValue(value)}, and not a text`,
    "write NAME=value, or put it in quotes",
  );
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** `$NAME`, `${NAME}`, `${NAME:-default}` and `$$`, as Compose has them; of the other forms none. */
function interpolate(text: string, env: Env, place: string): string {
  const form = /\$(?:(\$)|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?-)([^}]*))?\}|(\{[^}]*\}?))/g;
  return text.replaceAll(form, (whole, dollar, plain, braced, operator, preset, other) => {
    if (dollar) return "$";
    if (other) {
      const instead = "write a variable without an operator or with :-, or the value itself";
      throw invalid(`${place} has ${whole}, which is not understood here`, instead);
    }
    const found = env[plain ?? braced];
    const isUnset = found === undefined || (operator === ":-" && found === "");
    return (isUnset ? preset : found) ?? "";
  });
}

function leftOut(from: string, name: string, raw: Loose): Finding[] {
  const keys = Object.keys(raw).filter(
    (key) => ![...read, ...meaningless].includes(key) && !key.startsWith("x-"),
  );
  if (keys.length === 0) return [];
  return [
    {
      code: "SMOKE_SERVICE_PARTLY",
      level: "info",
      place: `${from}: ${name}`,
      message: `${keys.join(", ")} of the service ${name} is left out here`,
      reason: "a service is started by its image, environment, command and healthcheck alone",
      repair: "nothing, where the image works without; else put it into the service's image",
    },
  ];
}

function invalid(message: string, suggestion: string): SlipwayError {
  return new SlipwayError("CONFIG_INVALID", message, { suggestions: [suggestion] });
}
