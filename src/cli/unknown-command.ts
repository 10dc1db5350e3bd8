import { type Config, type Hook, loadHelpClass } from "@oclif/core";
import { SlipwayError } from "../errors.ts";
import { isAlmost, nearestWord } from "../wording.ts";
import { errorJson, errorText } from "./error-text.ts";

/** Commands that change something outside: no guess may lead there but a slip of one letter. */
const writing: readonly string[] = ["release", "promote", "rollback", "lifecycle apply"];

/** oclif calls this, by the name in package.json, when there is no such command. Ends with usage, but for `help`. */
export const unknownCommand: Hook.CommandNotFound = async ({ id, argv = [], config }) => {
  const [first = "", ...rest] = id.split(":");
  if (first !== "help") return tellUnknown(id, config, argv.includes("--json"));
  const Help = await loadHelpClass(config);
  await new Help(config, config.pjson.oclif.helpOptions).showHelp([...rest, ...argv]);
};

/** Says on stderr, and with `json` on stdout as well, that there is no such command, and sets the exit status. */
export function tellUnknown(id: string, config: Pick<Config, "commandIDs">, json: boolean): void {
  const known = config.commandIDs.map((one) => one.replaceAll(":", " "));
  const wanted = nameIn(id.split(":"), known);
  // Of a command that takes no arguments, oclif reads one as the name of a command below it.
  const error = known.includes(wanted)
    ? unexpectedArgument(wanted, id.slice(wanted.length + 1))
    : noCommand(wanted, known);
  if (json) process.stdout.write(`${JSON.stringify(errorJson(error), null, 2)}\n`);
  process.stderr.write(`${errorText(error)}\n`);
  process.exitCode = error.exit;
}

function unexpectedArgument(command: string, argument: string): SlipwayError {
  const suggestions = [`slipway ${command} --help`];
  return new SlipwayError("USAGE", `unexpected argument '${argument}'`, { suggestions });
}

function noCommand(wanted: string, known: readonly string[]): SlipwayError {
  const nearest = nearestCommand(wanted, known);
  const help = `slipway ${wanted.slice(0, wanted.lastIndexOf(" ") + 1)}--help`;
  const suggestions = [...(nearest === undefined ? [] : [`slipway ${nearest}`]), help];
  return new SlipwayError("USAGE", `there is no command '${wanted}'`, { suggestions });
}

/** The words that name a command: one, or two where the first has commands below it. The others are arguments. */
function nameIn([first = "", second]: readonly string[], known: readonly string[]): string {
  const isTopic = known.some((one) => one.startsWith(`${first} `));
  return isTopic && second !== undefined ? `${first} ${second}` : first;
}

function nearestCommand(wanted: string, known: readonly string[]): string | undefined {
  const topic = wanted.slice(0, wanted.lastIndexOf(" ") + 1);
  const words = known
    .filter((one) => one.startsWith(topic))
    .map((one) => one.slice(topic.length))
    .filter((word) => !word.includes(" "));
  const word = nearestWord(wanted.slice(topic.length), words);
  if (word === undefined) return undefined;
  const nearest = `${topic}${word}`;
  return writing.includes(nearest) && !isAlmost(wanted, nearest) ? undefined : nearest;
}
