import { globSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "@oclif/core";
import { buildFlags, targetFlags } from "../../src/cli/flags.ts";
import { guardFlags } from "../../src/cli/lifecycle/flags.ts";
import { root } from "../place.ts";
import { environment } from "./environment.ts";
import { madeFrom, table } from "./table.ts";

/** What is shown of a flag, of whichever kind oclif has it. */
interface Flag {
  readonly type: string;
  readonly char?: string;
  readonly description?: string;
  readonly helpValue?: string | readonly string[];
  readonly options?: readonly string[];
  readonly helpGroup?: string;
  readonly default?: unknown;
}
type Flags = Readonly<Record<string, Flag>>;
type Named<Value> = readonly [name: string, value: Value];

interface Shown {
  /** As it is typed: `lifecycle plan`. */
  readonly name: string;
  readonly command: Command.Class;
}

/** Flags that several commands share, told once, below the commands. */
const groups: readonly Named<Flags>[] = [
  ["Target flags", targetFlags as Flags],
  ["Build flags", buildFlags as Flags],
  ["Guard flags", guardFlags as Flags],
];

/** docs/commands.md: every command with its flags, and every environment variable. */
export async function commandsPage(): Promise<string> {
  const commands = await shownCommands();
  return `# Commands

${madeFrom("commands/ and src/cli/")}

What \`--help\` says of each command. Every command takes \`--json\` (one JSON document on stdout) and \`--quiet\`, \`-q\` (no
progress on stderr). Results go to stdout, progress and errors to stderr. Exit statuses and error codes are in
[errors.md](errors.md#exit-status).

${commands.map(section).join("\n\n")}

${groups
  .map(
    ([title, flags]) =>
      `## ${title}\n\n${table(["flag", "does"], Object.entries(flags).map(flagRow))}`,
  )
  .join("\n\n")}

## Environment variables

${table(
  ["variable", "what for"],
  environment.map(([names, about]) => [names.map((name) => `\`${name}\``).join(", "), about]),
)}
`;
}

/** Every command, those of a topic behind it. */
export async function shownCommands(): Promise<Shown[]> {
  const files = globSync("commands/**/*.ts", { cwd: root }).sort();
  return Promise.all(
    files.map(async (file) => {
      const { default: command }: { default: Command.Class } = await import(join(root, file));
      return { name: file.replace(/^commands\/|\.ts$/g, "").replaceAll("/", " "), command };
    }),
  );
}

function section({ name, command }: Shown): string {
  const flags = command.flags as Flags;
  const own = Object.entries(flags).filter(
    ([flag, { helpGroup, description }]) =>
      helpGroup !== "GLOBAL" &&
      !groups.some(([, group]) => group[flag]?.description === description),
  );
  const rows = [...Object.entries(command.args).map(argumentRow), ...own.map(flagRow)];
  const shared = groups.flatMap((group) => sharedText(group, flags) ?? []);
  return [
    `## slipway ${name}`,
    `${sentence(command.summary ?? "")} ${command.description ?? ""}`,
    rows.length > 0 && table(["argument or flag", "does"], rows),
    shared.length > 0 && `${rows.length > 0 ? "Also" : "Takes"} ${shared.join(" and ")}.`,
  ]
    .filter(Boolean)
    .join("\n\n");
}

/** A link to the group, and where a command does not take all of it, what it takes. */
function sharedText([title, group]: Named<Flags>, flags: Flags): string | undefined {
  const names = Object.keys(group);
  const taken = names.filter((name) => group[name]?.description === flags[name]?.description);
  if (taken.length === 0) return undefined;
  const link = `[${title.toLowerCase()}](#${title.toLowerCase().replace(" ", "-")})`;
  if (names.every((name) => name in flags)) return `the ${link}`;
  return `${taken.map((name) => `\`--${name}\``).join(", ")} of the ${link}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function argumentRow([name, { required, description = "" }]: Named<Command.Arg.Any>): string[] {
  const text = name.toUpperCase();
  return [`\`${required ? text : `[${text}]`}\``, description];
}

function flagRow([name, flag]: Named<Flag>): string[] {
  const short = flag.char ? `-${flag.char}, ` : "";
  const value = String(flag.helpValue ?? flag.options?.join("|") ?? "VALUE");
  const text = flag.type === "boolean" ? "" : ` ${value}`;
  const isTold = ["string", "number"].includes(typeof flag.default);
  const added = isTold ? ` (default: ${flag.default})` : "";
  return [`\`${short}--${name}${text}\``, `${flag.description ?? ""}${added}`];
}
