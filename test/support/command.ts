import { join } from "node:path";
import type { Command, Config } from "@oclif/core";

const root = join(import.meta.dirname, "..", "..");

export interface CommandRun<Value> {
  readonly stdout: string;
  readonly stderr: string;
  /** What the process would end with. */
  readonly exit: number;
  /** What `run()` computed; `undefined` when it threw. */
  readonly value: Value | undefined;
}

export interface CommandOptions {
  /** The working directory. */
  readonly cwd: string;
  /** Laid over the environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Columns of a terminal on stdout; a pipe by default. */
  readonly columns?: number;
  /** Ctrl-C is pressed once, as soon as stdout or stderr holds this. */
  readonly interruptAfter?: string;
}

interface Runnable<C extends Command> {
  readonly name: string;
  new (argv: string[], config: Config): C;
  run(argv?: string[], options?: { root: string }): Promise<unknown>;
}

type ValueOf<C extends Command> = Awaited<ReturnType<C["run"]>>;

/**
 * Runs a command class in this process, as `slipway` would run it, and gives back the working directory,
 * the environment, both streams and the signal handlers. One at a time: all of these are the process's own.
 */
export async function runCommand<C extends Command>(
  command: Runnable<C>,
  argv: readonly string[],
  options: CommandOptions,
): Promise<CommandRun<ValueOf<C>>> {
  (command as unknown as Command.Class).id ??= idOf(command.name);
  const before = { cwd: process.cwd(), env: { ...process.env }, exitCode: process.exitCode };
  const listeners = listenersNow();
  const captured = capture(options);
  try {
    process.chdir(options.cwd);
    // Outside production oclif warns of a command that failed before it read its arguments.
    setEnvironment({ NODE_ENV: "production", ...options.env });
    process.exitCode = undefined;
    const value = (await command.run([...argv], { root })) as ValueOf<C> | undefined;
    return { ...captured.text(), exit: Number(process.exitCode ?? 0), value };
  } finally {
    captured.restore();
    removeNewListeners(listeners);
    process.chdir(before.cwd);
    restoreEnvironment(before.env);
    process.exitCode = before.exitCode;
  }
}

/** `LifecycleApplyCommand` → `lifecycle:apply`, as the manifest names it. */
function idOf(className: string): string {
  const words = className.replace(/Command$/, "").match(/[A-Z][a-z]*/g) ?? [];
  return words.join(":").toLowerCase();
}

function capture({ columns, interruptAfter }: CommandOptions) {
  const said = { stdout: "", stderr: "" };
  let interrupted = interruptAfter === undefined;
  const undo = (["stdout", "stderr"] as const).map((name) => {
    const stream = process[name];
    const write = stream.write;
    stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
      said[name] += String(chunk);
      const done = rest.find((one): one is () => void => typeof one === "function");
      done?.();
      if (!interrupted && said[name].includes(interruptAfter ?? "")) {
        interrupted = true;
        setImmediate(() => process.emit("SIGINT"));
      }
      return true;
    }) as typeof write;
    return () => {
      stream.write = write;
    };
  });
  const width = Object.getOwnPropertyDescriptor(process.stdout, "columns");
  Object.defineProperty(process.stdout, "columns", { value: columns, configurable: true });
  return {
    text: () => ({ ...said }),
    restore() {
      for (const each of undo) each();
      if (width) Object.defineProperty(process.stdout, "columns", width);
      else Reflect.deleteProperty(process.stdout, "columns");
    },
  };
}

function setEnvironment(changes: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

function restoreEnvironment(before: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  setEnvironment(before);
}

type Emitter = Pick<NodeJS.EventEmitter, "listeners" | "removeListener">;
type Listener = Parameters<Emitter["removeListener"]>[1];

const watched: readonly (readonly [Emitter, string])[] = [
  [process.stdout, "error"],
  [process.stderr, "error"],
  [process, "SIGINT"],
  [process, "SIGTERM"],
  [process, "SIGHUP"],
];

function listenersNow() {
  return watched.map(([emitter, name]) => emitter.listeners(name));
}

function removeNewListeners(before: ReturnType<typeof listenersNow>): void {
  for (const [at, [emitter, name]] of watched.entries()) {
    const added = emitter.listeners(name).filter((one) => !before[at]?.includes(one));
    for (const one of added) emitter.removeListener(name, one as Listener);
  }
}
