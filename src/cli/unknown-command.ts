import type { Hook } from "@oclif/core";
import { SlipwayError } from "../errors.ts";
import { nearestWord } from "../wording.ts";
import { errorText } from "./error-text.ts";

/** oclif calls this, by the name in package.json, when there is no such command. Ends with usage. */
export const unknownCommand: Hook.CommandNotFound = async ({ id, config }) => {
  const wanted = id.replaceAll(":", " ");
  const known = config.commandIDs.map((one) => one.replaceAll(":", " "));
  const nearest = nearestWord(wanted, known);
  const suggestions = [...(nearest === undefined ? [] : [`slipway ${nearest}`]), "slipway --help"];
  const error = new SlipwayError("USAGE", `there is no command '${wanted}'`, { suggestions });
  process.stderr.write(`${errorText(error)}\n`);
  process.exitCode = error.exit;
};
