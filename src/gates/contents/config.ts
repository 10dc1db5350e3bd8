import { isSecretName } from "../../docker/secret-mask.ts";
import type { GateSettings } from "../../release/gate.ts";
import type { PlatformFacts } from "../layers/image.ts";
import { shapesIn } from "../layers/shapes.ts";
import type { Remark } from "./remark.ts";

type UserRule = GateSettings["contents"]["user"];

/** What the config gives away or allows: its user, ports, environment and history. Values are never told. */
export function configRemarks({ config }: PlatformFacts, rule: UserRule): Remark[] {
  const { user, env, ports } = config.settings;
  const inEnv = env.filter(({ name, value }) => isSecret(name, value)).map(({ name }) => name);
  return [
    ...userRemarks(user, rule),
    ...ports
      .filter((port) => port === "22/tcp")
      .map((port) => remark("PORT_SSH", "warning", "config ports", `it exposes ${port}`)),
    ...inEnv.map((name) =>
      remark("ENV_SECRET", "error", "config environment", `${name} holds a secret`),
    ),
    ...historyRemarks(config.history, new Set(inEnv)),
  ];
}

function userRemarks(user: string, rule: UserRule): Remark[] {
  const [name = ""] = user.split(":");
  const isRoot = name === "" || name === "root" || /^0+$/.test(name);
  if (!isRoot || rule === "any") return [];
  const message = user === "" ? "it names no user, so it runs as root" : `it runs as '${user}'`;
  const level = rule === "non-root" ? "error" : "warning";
  return [remark("USER_ROOT", level, "config user", message)];
}

const addressLogin = /:\/\/[^/:@\s$]*:[^/@\s$]+@/;
const assignment = /(?<![\w-])([A-Za-z_]\w*)=("[^"]*"|'[^']*'|[^\s"']+)/g;

function historyRemarks(
  history: PlatformFacts["config"]["history"],
  told: ReadonlySet<string>,
): Remark[] {
  return history.flatMap(({ createdBy }, at) => {
    const names = [...createdBy.matchAll(assignment)]
      .filter(([, name = "", value = ""]) => isSecret(name, value.replace(/^["']|["']$/g, "")))
      .map(([, name = ""]) => name)
      .filter((name) => !told.has(name));
    const shapes = names.length > 0 ? [] : shownIn(createdBy);
    const what = [...new Set([...names.map((name) => `the value of ${name}`), ...shapes])];
    if (what.length === 0) return [];
    const where = `config history ${at + 1}`;
    return [remark("HISTORY_SECRET", "error", where, `an instruction shows ${what.join(", ")}`)];
  });
}

/** What an instruction shows by its shape alone. */
function shownIn(words: string): string[] {
  const found = shapesIn(words).map(({ what }) => what);
  return addressLogin.test(words) ? [...found, "a login in an address"] : found;
}

/** By its name, or by its shape; a switch, a number, a path or a variable is no secret. */
function isSecret(name: string, value: string): boolean {
  if (addressLogin.test(value) || shapesIn(value).length > 0) return true;
  if (!isSecretName(name) || /_(?:file|path|dir|url|name|id|type|ttl|length)$/i.test(name))
    return false;
  return !/^(?:|true|false|yes|no|on|off|none|null|\d+|[./~].*|[$`<{].*|\*+|x+)$/i.test(value);
}

function remark(
  code: Remark["code"],
  level: Remark["level"],
  where: string,
  message: string,
): Remark {
  return { code, level, where, message };
}
