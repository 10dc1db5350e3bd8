import { setMaxListeners } from "node:events";
import { isatty } from "node:tty";
import { Command, Errors, Flags, ux } from "@oclif/core";
import { SlipwayError } from "../errors.ts";
import { errorJson, errorText } from "./error-text.ts";
import { asFileError } from "./file-error.ts";
import { type OpenScreen, plainScreen } from "./terminal/plain-screen.ts";
import { commandless, inOneLine } from "./terminal/printable.ts";
import { openScreen } from "./terminal/screen.ts";
import { textFor } from "./terminal/style.ts";
import { showWaits } from "./terminal/waits.ts";
import { usageError, withHelp } from "./usage-error.ts";
import type { Asking } from "./world.ts";

/** Exit status of a process that was stopped by Ctrl-C, as shells count it: 128 + SIGINT. */
const interrupted = 130;

/** Ctrl-C, a request to end, and a terminal that was closed. */
const endings = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * What every command has: `--json`, Ctrl-C as an AbortSignal, errors for people or as JSON, exit status
 * 0 done, 1 failed, 2 usage, 3 refused. `run()` returns what `--json` prints; text goes through `log`.
 */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;
  static override baseFlags = {
    quiet: Flags.boolean({ char: "q", description: "no progress on stderr", helpGroup: "GLOBAL" }),
    json: Flags.boolean({ description: "print one JSON document on stdout", helpGroup: "GLOBAL" }),
  };

  readonly #abort = new AbortController();
  /** Asked at the start: a terminal that was closed is none any more. */
  readonly #hasTerminal = [0, 1, 2].some((stream) => isatty(stream));
  #isBehind = false;
  #screen = plainScreen;

  /**
   * Whether a hang-up is for others when there is no terminal at any end of ours, as under nohup. Node forgets
   * at its start that a signal was ignored, so nobody can ask for that itself.
   */
  protected readonly outlivesTerminals: boolean = true;

  protected get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Columns of the terminal; no limit on a pipe. */
  protected get width(): number | undefined {
    return process.stdout.columns || undefined;
  }

  /** stderr as a screen, for progress; what a signal makes us say goes by it as well. */
  protected openScreen(quiet: boolean): OpenScreen {
    const screen = openScreen({ quiet, env: this.env });
    if (!quiet) this.#screen = screen;
    return screen;
  }

  /** For questions to AWS: they end with the command, and the screen shows what they wait for. */
  protected asking(screen: OpenScreen): Asking {
    return { signal: this.signal, report: showWaits(screen) };
  }

  protected get env(): NodeJS.ProcessEnv {
    return process.env;
  }

  protected override async init(): Promise<void> {
    await super.init();
    setMaxListeners(0, this.signal); // each request under way listens, and Node 22 warns of the eleventh
    process.stdout.removeAllListeners("error"); // oclif's own crashes when the terminal is gone
    process.stdout.on("error", this.#outputEnded);
    process.stderr.on("error", ignoreClosedPipe);
    for (const signal of endings) process.on(signal, this.#stop);
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    for (const signal of endings) process.off(signal, this.#stop);
    this.#abort.abort(); // what a failed command left under way must not keep the process
    await super.finally(error);
  }

  protected override async catch(error: Error & { oclif?: { exit?: number } }): Promise<void> {
    if (error instanceof Errors.ExitError) throw error;
    const known = this.#asKnown(error);
    if (this.jsonEnabled()) this.logJson(errorJson(known ?? error));
    process.stderr.write(`${errorText(known ?? error)}\n`);
    process.exitCode = this.signal.aborted ? interrupted : (known?.exit ?? 1);
  }

  /** Words of others, such as an image's labels, are shown and not obeyed by the terminal. */
  override log(message = "", ...args: unknown[]): void {
    this.#screen.clear();
    super.log(textFor(process.stdout, message), ...args);
  }

  /** A line that the CI's runner shall obey. */
  protected annotate(line: string): void {
    this.#screen.clear();
    super.log(inOneLine(line));
  }

  /** JSON that a log keeps holds no command either, and means the same. */
  override logJson(json: unknown): void {
    ux.stdout(commandless(ux.colorizeJson(json, { pretty: true })));
  }

  /** The answer is there, but it is a refusal: exit status 3. */
  protected refuse(): void {
    process.exitCode = 3;
  }

  /** From here on another program is in the foreground: it hears the same signals, ends by itself and tells. */
  protected stepBehind(): void {
    this.#isBehind = true;
  }

  readonly #stop = (signal: NodeJS.Signals) => {
    const isForOthers = signal === "SIGHUP" && this.outlivesTerminals && !this.#hasTerminal;
    if (isForOthers || this.#isBehind) return;
    if (this.signal.aborted) process.exit(interrupted);
    this.#screen.write("\nstopping; once more to stop at once");
    this.#abort.abort();
  };

  /** `slipway … | head` closes the pipe early: what is under way ends in order, and without a word. */
  readonly #outputEnded = (error: NodeJS.ErrnoException) => {
    ignoreClosedPipe(error);
    this.#abort.abort();
  };

  /** oclif's parser says what is wrong with the call; anything else that is not ours is a bug. */
  #asKnown(error: Error & { oclif?: { exit?: number } }): SlipwayError | undefined {
    const help = `${this.config.bin} ${(this.id ?? "").replaceAll(":", " ")} --help`;
    if (error instanceof SlipwayError) return withHelp(error, help);
    return error.oclif?.exit === 2 ? usageError(error, help) : asFileError(error);
  }
}

/** Nobody reads our progress any more: a release goes on without telling. EIO is a terminal that is gone. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
}
