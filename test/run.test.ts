import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { run, runInForeground, runOrThrow } from "../src/run.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "slipway-run-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const sh = (script: string) => ["-c", script] as const;

test("answers with exit code, stdout and the end of stderr", async () => {
  expect(await run("sh", sh("echo out; echo one >&2; echo two >&2; exit 3"))).toEqual({
    exitCode: 3,
    stdout: "out",
    errorTail: ["one", "two"],
  });
});

test("keeps no more than the last 200 lines of stderr", async () => {
  const { errorTail } = await run("sh", sh("seq 1 1000 >&2"));
  expect(errorTail).toHaveLength(200);
  expect(errorTail.at(-1)).toBe("1000");
});

test("hands stdout out line by line instead of keeping it", async () => {
  const lines: string[] = [];
  const { stdout } = await run("sh", sh("seq 1 5000"), { onLine: (line) => lines.push(line) });
  expect(lines).toHaveLength(5000);
  expect(stdout).toBe("");
});

test("a missing program is TOOL_MISSING, a missing directory is not", async () => {
  await expect(run("no-such-program", [])).rejects.toMatchObject({ code: "TOOL_MISSING" });
  await expect(run("sh", sh("true"), { cwd: join(directory, "gone") })).rejects.toMatchObject({
    code: "PROCESS_FAILED",
    message: expect.stringContaining("gone"),
  });
});

test("a file that may not be executed is TOOL_MISSING", async () => {
  await expect(run("/etc/passwd", [])).rejects.toMatchObject({ code: "TOOL_MISSING" });
});

test("takes variables from the environment and lays others over it", async () => {
  const { stdout } = await run("sh", sh('echo "[$HOME] $SHIP"'), {
    env: { HOME: undefined, SHIP: "ahoy" },
  });
  expect(stdout).toBe("[] ahoy");
});

test("an abort ends what the program itself started", async () => {
  const [ready, ended] = [join(directory, "ready"), join(directory, "ended")];
  const grandchild = `trap "touch ${ended}; exit" TERM; touch ${ready}; while :; do sleep 0.05; done`;
  const stopper = new AbortController();
  const running = run("sh", sh(`sh -c '${grandchild}' & wait`), { signal: stopper.signal });
  await until(() => existsSync(ready));
  stopper.abort();
  await expect(running).rejects.toMatchObject({ code: "INTERRUPTED" });
  expect(existsSync(ended)).toBe(true);
});

test("a program whose lines cannot be taken is ended", async () => {
  const [ready, ended] = [join(directory, "ready"), join(directory, "ended")];
  const script = `trap "touch ${ended}; exit" TERM; touch ${ready}; echo line; while :; do sleep 0.05; done`;
  const refuse = () => {
    throw new Error("no more");
  };
  await expect(run("sh", sh(script), { onLine: refuse })).rejects.toThrow("no more");
  await until(() => existsSync(ended));
});

test("an abort before the start starts nothing", async () => {
  const marker = join(directory, "ran");
  const running = run("touch", [marker], { signal: AbortSignal.abort() });
  await expect(running).rejects.toMatchObject({ code: "INTERRUPTED" });
  expect(existsSync(marker)).toBe(false);
});

test("what finished well in spite of an abort is an answer", async () => {
  const stopper = new AbortController();
  const running = run(
    "sh",
    sh("trap 'exit 0' TERM; echo ready >&2; while :; do sleep 0.05; done"),
    {
      signal: stopper.signal,
      onErrorLine: () => stopper.abort(),
    },
  );
  expect(await running).toMatchObject({ exitCode: 0 });
});

test("a program that outlives its time limit is ended", async () => {
  const started = Date.now();
  await expect(run("sleep", ["60"], { timeout: 100 })).rejects.toMatchObject({
    code: "PROCESS_FAILED",
    message: "sleep 60 did not end within 0.1 s",
  });
  expect(Date.now() - started).toBeLessThan(5000);
});

test("a program that was killed has no exit code", async () => {
  expect(await run("sh", sh("kill -9 $$"))).toMatchObject({ exitCode: undefined });
});

test("runOrThrow says what the program said, and never its arguments", async () => {
  const running = runOrThrow("sh", ["-c", "echo no ink >&2; exit 4", "hunter2"]);
  const error = await running.catch((caught: Error) => caught);
  expect(error).toMatchObject({ code: "PROCESS_FAILED", message: "sh -c ended with 4: no ink" });
});

test("a program in the foreground: its exit code, its signal, its absence", async () => {
  const script = `test "$SHIP" = ahoy && test -e /proc/self/fd/0 && exit 5`;
  expect(await runInForeground("sh", sh(script), { SHIP: "ahoy" })).toBe(5);
  expect(await runInForeground("sh", sh("kill -9 $$"), {})).toBe(137);
  await expect(runInForeground("no-such-program", [], {})).rejects.toMatchObject({
    code: "TOOL_MISSING",
  });
});

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (holds()) return;
    await wait(25);
  }
  expect.fail("it did not come to hold within 5 seconds");
}
