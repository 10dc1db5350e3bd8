import { codes, SlipwayError } from "../errors.ts";
import { GateRefusal } from "../release/gate-refusal.ts";
import { ReceiptUnwritten } from "./files/output-file.ts";
import { gateLines } from "./publishing/gate-text.ts";
import { foreignLines } from "./terminal/printable.ts";
import { red, textFor, yellow } from "./terminal/style.ts";

/** An error for people: what happened, its code, what to type next. A bug of ours shows its stack. */
export function errorText(error: Error): string {
  return textFor(process.stderr, error instanceof SlipwayError ? ourText(error) : bugText(error));
}

function bugText(error: Error): string {
  const stack = foreignLines(error.stack ?? String(error));
  return `${red("bug")}  this is a mistake in slipway, please report it\n${stack}`;
}

function ourText(error: SlipwayError): string {
  const lines = [
    `${red(error.code)}  ${foreignLines(error.message)}`,
    ...(error instanceof GateRefusal ? gateLines(error.gates, process.stderr.columns) : []),
    ...nextSteps(error).map((step) => `  ${yellow("try")}  ${foreignLines(step)}`),
  ];
  return lines.join("\n");
}

/** The same for machines: what `--json` prints when a command fails, beside the receipt that found no other place. */
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
    ...(error instanceof ReceiptUnwritten && { receipt: error.receipt }),
  };
}

/** Nobody is left without a next step: where the error has no advice of its own, its code has. */
function nextSteps({ code, suggestions }: SlipwayError): readonly string[] {
  return suggestions.length > 0 ? suggestions : [codes[code].next];
}
