import { stripVTControlCharacters } from "node:util";
import { type Loose, list, object, objects } from "../loose.ts";
import type { RunResult } from "../run.ts";
import { type Asking, ask, tell } from "./engine.ts";

/** What a container is doing, or how it ended. */
export interface ContainerState {
  readonly running: boolean;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** Why the engine could not start it; empty when it could. */
  readonly error: string;
  /** `undefined` where it has no HEALTHCHECK. */
  readonly health?: Health;
  /** Ports of the engine's machine by the container's own: `8080` → `32768`. */
  readonly ports: Readonly<Record<string, number>>;
}

export interface Health {
  readonly status: "starting" | "healthy" | "unhealthy";
  /** The last of its runs, oldest first. */
  readonly log: readonly { readonly exitCode: number; readonly output: string }[];
}

/** Whether there is a container of this name, running or not. Throws PROCESS_FAILED when docker does not say. */
export async function isContainer(name: string, asking: Asking): Promise<boolean> {
  return (await tell(["ps", "--all", "--quiet", "--filter", `name=^/?${name}$`], asking)) !== "";
}

/** `docker inspect` of one container. Throws PROCESS_FAILED when it is gone. */
export async function inspectContainer(name: string, asking: Asking): Promise<ContainerState> {
  const format = '{"state":{{json .State}},"ports":{{json .NetworkSettings.Ports}}}';
  return readState(await tell(["container", "inspect", "--format", format, name], asking));
}

/** Reads what `inspectContainer` asks for; what is missing counts as absent. */
function readState(json: string): ContainerState {
  const { state, ports } = object(JSON.parse(json));
  const { Running, ExitCode, OOMKilled, Error: error, Health: health } = object(state);
  return {
    running: Running === true,
    exitCode: Number(ExitCode ?? 0),
    oomKilled: OOMKilled === true,
    error: String(error ?? ""),
    ...(health !== undefined && health !== null && { health: readHealth(object(health)) }),
    ports: Object.fromEntries(
      Object.entries(object(ports)).flatMap(([port, bound]) => {
        const { HostPort } = object(list(bound)[0]);
        return HostPort === undefined ? [] : [[port.replace(/\/.*/, ""), Number(HostPort)]];
      }),
    ),
  };
}

function readHealth({ Status, Log }: Loose): Health {
  const status = Status === "healthy" || Status === "unhealthy" ? Status : "starting";
  const log = objects(Log).map(({ ExitCode, Output }) => ({
    exitCode: Number(ExitCode ?? 0),
    output: String(Output ?? ""),
  }));
  return { status, log };
}

/** The last lines of stdout and stderr, at most `count`. */
export async function lastLinesOf(
  name: string,
  count: number,
  asking: Asking,
): Promise<readonly string[]> {
  const { stdout, errorTail } = await ask(["logs", "--tail", String(count), name], asking);
  const lines = [...stdout.split("\n"), ...errorTail];
  return lines.map(readable).filter((line) => line !== "");
}

/** A line of foreign output that cannot move a cursor or colour what follows. */
function readable(line: string): string {
  const plain = stripVTControlCharacters(line).replaceAll("\t", "  ");
  return plain
    .replaceAll(/\p{Cc}/gu, "")
    .trimEnd()
    .slice(0, 500);
}

/** Runs a program in the container; its exit code is the answer. */
export function execIn(
  name: string,
  command: readonly string[],
  asking: Asking,
): Promise<RunResult> {
  return ask(["exec", name, ...command], asking);
}

/** Paths that a container has written or removed in its own layer. */
export async function changesIn(name: string, asking: Asking): Promise<readonly string[]> {
  const { stdout } = await ask(["container", "diff", name], asking);
  return stdout.split("\n").flatMap((line) => /^[AC] (.+)$/.exec(line)?.[1] ?? []);
}
