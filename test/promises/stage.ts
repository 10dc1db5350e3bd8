import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Effect, startLocalEcr } from "../../src/local/server.ts";
import { runCommand } from "../support/command.ts";
import { stateOf } from "./seen.ts";
import type { Template } from "./template.ts";

export interface Ended {
  readonly status: number | "killed";
  readonly stderr: string;
}

/** One copy of a template, and a CLI that can be run against it and killed at any effect. */
export interface Stage extends AsyncDisposable {
  /** Everything that took effect since the template was made, in order. */
  readonly effects: readonly Effect[];
  /**
   * Runs the built CLI to its end. With `last`, the local ECR dies with the effect of that number, before it is
   * answered, and takes the CLI along by SIGKILL; then it is there again.
   */
  run(argv: readonly string[], last?: number): Promise<Ended>;
  /** Runs a command undisturbed, in this process, which takes a third of the time; one at a time in all stages. */
  runHere(command: Parameters<typeof runCommand>[0], argv: readonly string[]): Promise<Ended>;
  /** What each registry shows under names, by `ACCOUNT/REGION`. */
  state(): Promise<unknown>;
}

/** As it was before a command that runs here changed it. */
const environment = { ...process.env };
let lastHere: Promise<unknown> = Promise.resolve();

/** `binary` is the file of the built CLI. */
export async function openStage(template: Template, binary: string): Promise<Stage> {
  const home = mkdtempSync(join(tmpdir(), "slipway-stage-"));
  const cacheDir = join(home, "cache");
  if (existsSync(template.cacheDir)) cpSync(template.cacheDir, cacheDir, { recursive: true });
  cpSync(template.ecrDir, join(home, "ecr"), { recursive: true });
  const effects: Effect[] = [];
  let atEffect = (_: Effect) => {};
  const ecr = await startLocalEcr({
    dir: join(home, "ecr"),
    onEffect: (effect) => {
      effects.push(effect);
      atEffect(effect);
    },
  });
  const changes = { ...ecr.env, SLIPWAY_CACHE_DIR: cacheDir };
  const env: NodeJS.ProcessEnv = { ...environment, ...changes };
  for (const name of ecr.unset) delete env[name];
  return {
    effects,
    async run(argv, last = Number.POSITIVE_INFINITY) {
      const child = spawn(process.execPath, [binary, ...argv], {
        cwd: template.source.dir,
        env,
        stdio: ["ignore", "ignore", "pipe"],
      });
      atEffect = ({ number }) => {
        if (number !== last) return;
        ecr.halt();
        child.kill("SIGKILL");
      };
      const ended = await endOf(child);
      atEffect = () => {};
      ecr.resume();
      return ended;
    },
    async runHere(command, argv) {
      const unset = Object.fromEntries(ecr.unset.map((name) => [name, undefined]));
      const place = { cwd: template.source.dir, env: { ...changes, ...unset } };
      const ended = lastHere.then(() => runCommand(command, argv, place));
      lastHere = ended.catch(() => {});
      const { exit, stderr } = await ended;
      return { status: exit, stderr };
    },
    state: () => stateOf(ecr.endpoint, template.registries),
    async [Symbol.asyncDispose]() {
      await ecr.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function endOf(child: ChildProcess): Promise<Ended> {
  let stderr = "";
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  return await new Promise((resolve) =>
    child.on("close", (code, signal) =>
      resolve({ status: signal === "SIGKILL" ? "killed" : (code ?? -1), stderr }),
    ),
  );
}
