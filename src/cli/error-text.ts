import { styleText } from "node:util";
import { codes, SlipwayError } from "../errors.ts";
import { GateRefusal } from "../release/gate-refusal.ts";
import { gateLines } from "./gate-text.ts";
import { printable } from "./printable.ts";

/** An error for people: what happened, its code, what to type next. A bug of ours shows its stack. */
export function errorText(error: Error): string {
  const styled = (format: "red" | "yellow", text: string) =>
    styleText(format, text, { stream: process.stderr });
  if (!(error instanceof SlipwayError)) {
    return `${styled("red", "bug")}  this is a mistake in slipway, please report it\n${error.stack ?? error}`;
  }
  const lines = [
    `${styled("red", error.code)}  ${error.message}`,
    ...(error instanceof GateRefusal ? gateLines(error.gates, process.stderr.columns) : []),
    ...nextSteps(error).map((suggestion) => `  ${styled("yellow", "try")}  ${suggestion}`),
  ];
  return printable(lines.join("\n"));
}

/** The same for machines: what `--json` prints when a command fails. */
export function errorJson(error: Error) {
  const known = error instanceof SlipwayError;
  return {
    error: {
      code: known ? error.code : "BUG",
      message: error.message,
      suggestions: known ? nextSteps(error) : [],
      ...(error instanceof GateRefusal && { gates: error.gates }),
      ...(known && error.permission && { permission: error.permission }),
    },
  };
}

/** Nobody is left without a next step: where the error has no advice of its own, its code has. */
function nextSteps({ code, suggestions }: SlipwayError): readonly string[] {
  return suggestions.length > 0 ? suggestions : [codes[code].next];
}
