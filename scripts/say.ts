/** One line for people, on stderr: stdout belongs to what was asked for. */
export function say(line: string): void {
  process.stderr.write(`slipway: ${line}\n`);
}

/** Ends a script with a message instead of a stack trace: what is wrong, and what to do. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** Runs a script's main function; a `Refusal` is told in words, anything else is a bug. */
export async function start(main: () => void | Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}
