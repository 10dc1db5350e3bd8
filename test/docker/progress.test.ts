import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  type BuildEvent,
  type BuildStatus,
  parseStatus,
  platformOf,
  readProgress,
} from "../../src/docker/progress.ts";

function fixture(name: string): string[] {
  return readFileSync(join(import.meta.dirname, "fixtures", name), "utf8")
    .trimEnd()
    .split("\n");
}

function eventsOf(lines: readonly string[]): BuildEvent[] {
  const progress = readProgress();
  return lines.flatMap((line) => progress.read(parsed(line)));
}

/** Nothing happens in a line that is no progress. */
function parsed(line: string): BuildStatus {
  return parseStatus(line) ?? { vertexes: [], statuses: [], logs: [], warnings: [] };
}

const status = (value: unknown) => JSON.stringify(value);
const base64 = (text: string) => Buffer.from(text).toString("base64");
const started = { digest: "sha256:a", name: "[1/1] RUN make", started: "2026-01-01T00:00:00Z" };
const done = { ...started, completed: "2026-01-01T00:00:01.5Z" };
const log = (text: string) => status({ logs: [{ vertex: "sha256:a", data: base64(text) }] });

describe("a recorded build of two platforms", () => {
  const events = eventsOf(fixture("two-platforms.txt"));

  test("tells steps, each started and ended once it is over", () => {
    const steps = events.filter((event) => event.type === "build-step");
    const runs = steps.filter(({ name }) => name.includes("RUN")).map(({ state }) => state);
    expect(runs).toEqual(expect.arrayContaining(["started", "started", "done", "done"]));
    expect(runs).toHaveLength(4);
    const open = new Set(steps.map(({ id }) => id));
    for (const { id, state } of steps) if (state !== "started") open.delete(id);
    expect([...open]).toEqual([]);
    expect(steps.at(-1)).toMatchObject({ name: "exporting to oci image format", state: "done" });
  });

  test("tells what the steps printed, also without a final line end", () => {
    const lines = events.filter((event) => event.type === "build-log").map(({ line }) => line);
    expect(lines.sort()).toEqual(["hello amd64", "hello arm64", "no newline", "no newline"]);
  });

  test("tells bytes and warnings", () => {
    expect(events.filter((event) => event.type === "build-bytes")).not.toHaveLength(0);
    expect(events.find((event) => event.type === "build-warning")).toMatchObject({
      message: expect.stringContaining("FromAsCasing"),
      url: expect.stringMatching(/^https:\/\/docs\.docker\.com\//),
      line: 1,
    });
  });
});

describe("a recorded build with a failing step", () => {
  test("names the step that failed by itself, not the one that was stopped", () => {
    const progress = readProgress();
    const events = fixture("failing-step.txt").flatMap((line) => progress.read(parsed(line)));
    const failed = events.filter(
      (event) => event.type === "build-step" && event.state === "failed",
    );
    expect(failed).toHaveLength(2);
    expect(progress.failure()).toMatchObject({
      name: expect.stringContaining("[stage-1 1/1] RUN"),
      error: expect.stringMatching(/exit code: 7$/),
      lastLines: ["compiling", "cannot find ship.h"],
    });
  });

  test("also when the stopped one is told first", () => {
    const progress = readProgress();
    const error = 'process "make" did not complete successfully: exit code: 137: context canceled';
    progress.read(parsed(status({ vertexes: [{ ...done, error }] })));
    expect(progress.failure()).toBeUndefined();
    progress.read(
      parsed(status({ vertexes: [{ ...done, digest: "sha256:b", name: "b", error: "no" }] })),
    );
    expect(progress.failure()).toMatchObject({ name: "b", error: "no" });
  });

  test("what is not progress is told apart", () => {
    const others = fixture("failing-step.txt").filter((line) => parseStatus(line) === undefined);
    expect(others[0]).toBe("Dockerfile.fail:5");
    expect(others.at(-1)).toMatch(/^ERROR: failed to build/);
  });
});

test("a step takes its time, and a cached one was never started", () => {
  const cached = { ...done, digest: "sha256:b", name: "[2/2] COPY", cached: true };
  expect(eventsOf([status({ vertexes: [started] }), status({ vertexes: [done, cached] })])).toEqual(
    [
      { type: "build-step", id: "1", name: "[1/1] RUN make", state: "started" },
      { type: "build-step", id: "1", name: "[1/1] RUN make", state: "done", seconds: 1.5 },
      expect.objectContaining({ id: "2", state: "cached" }),
    ],
  );
});

test("a step is told when it starts and when it is over, and neither early nor twice", () => {
  const { digest, name } = started;
  const states = [{ digest, name }, started, started, done, done].map((vertex) =>
    status({ vertexes: [vertex] }),
  );
  const progress = readProgress();
  const told = states.map((line) => progress.read(parsed(line)).length);
  expect(told).toEqual([0, 1, 0, 1, 0]);
});

test("a step that BuildKit takes up again is started again", () => {
  const again = { ...started, started: "2026-01-01T00:00:05Z" };
  const lines = [started, done, again, { ...again, completed: "2026-01-01T00:00:07Z" }];
  const events = eventsOf(lines.map((vertex) => status({ vertexes: [vertex] })));
  expect(events.map((event) => "state" in event && event.state)).toEqual([
    "started",
    "done",
    "started",
    "done",
  ]);
  expect(events.at(-1)).toMatchObject({ seconds: 2 });
});

test("a line of output that comes in pieces is told once, whole", () => {
  const lines = [status({ vertexes: [started] }), log("com"), log("piling\r\ndone\nre"), log("st")];
  const events = eventsOf([...lines, status({ vertexes: [done] })]);
  expect(events.flatMap((event) => (event.type === "build-log" ? event.line : []))).toEqual([
    "compiling",
    "done",
    "rest",
  ]);
  expect(events.at(-1)).toMatchObject({ state: "done" });
});

test("output and errors do not mix within a line", () => {
  const from = (stream: number, said: string) =>
    status({ logs: [{ vertex: "sha256:a", stream, data: base64(said) }] });
  const lines = [from(1, "compi"), from(2, "warning\n"), from(1, "ling\n"), from(2, "end")];
  const events = eventsOf([
    status({ vertexes: [started] }),
    ...lines,
    status({ vertexes: [done] }),
  ]);
  expect(events.flatMap((event) => (event.type === "build-log" ? event.line : []))).toEqual([
    "warning",
    "compiling",
    "end",
  ]);
});

test("bytes of one step are added up", () => {
  const bytes = (id: string, current: number) =>
    status({ statuses: [{ id, vertex: "sha256:a", current, total: 10 }] });
  const nothing = status({ statuses: [{ id: "extracting", vertex: "sha256:a", current: 0 }] });
  const lines = [bytes("l1", 4), bytes("l2", 5), nothing, status({ vertexes: [done] })];
  const events = eventsOf([status({ vertexes: [started] }), ...lines, bytes("l2", 9)]);
  expect(events.slice(1, -1)).toEqual([
    { type: "build-bytes", id: "1", current: 4, total: 10 },
    { type: "build-bytes", id: "1", current: 9, total: 20 },
  ]);
});

test("secrets are blotted out in names, output, errors and warnings", () => {
  const progress = readProgress((words) => words.replaceAll("hunter2", "•••"));
  const vertex = { ...done, name: "[1/1] RUN login hunter2", error: "exit: hunter2" };
  const warnings = [{ vertex: "sha256:a", short: base64("do not say hunter2") }];
  const lines = [
    status({ vertexes: [{ ...started, name: vertex.name }], warnings }),
    log("hun"),
    log("ter2\n"),
    status({ vertexes: [vertex] }),
  ];
  const told = JSON.stringify([
    lines.map((line) => progress.read(parsed(line))),
    progress.failure(),
  ]);
  expect(told).not.toContain("hunter2");
  expect(told.match(/•••/g)).toHaveLength(7);
});

test.each([
  "",
  "not json",
  "{",
  "[]",
  "null",
  '{"vertexes":3}',
  '{"vertexes":[null,3,{"digest":7}]}',
  '{"logs":[{"vertex":"sha256:unknown","data":"%%"}]}',
  '{"statuses":[{"vertex":"sha256:a","current":"many"}],"warnings":[{"range":[null]}]}',
])("malformed input is passed over: %s", (line) => {
  expect(eventsOf([line])).toEqual([]);
});

test("endless output of a step without line ends stays small", () => {
  const progress = readProgress();
  progress.read(parsed(status({ vertexes: [started] })));
  for (let at = 0; at < 500; at += 1) progress.read(parsed(log("x".repeat(1000))));
  for (let at = 0; at < 500; at += 1) progress.read(parsed(log("line\n")));
  progress.read(parsed(status({ vertexes: [{ ...done, error: "failed" }] })));
  const { lastLines = [] } = progress.failure() ?? {};
  expect(lastLines).toHaveLength(20);
});

test.each([
  ["[linux/amd64 build 2/4] RUN make", "linux/amd64"],
  ["[linux/arm/v7 2/4] RUN make", "linux/arm/v7"],
  ["[linux/amd64->arm64 build 2/4] RUN make", "linux/arm64"],
  ["[linux/amd64->linux/arm64 build 2/4] RUN make", "linux/arm64"],
  ["[linux/amd64->arm/v7 build 2/4] RUN make", "linux/arm/v7"],
  ["[build 2/4] RUN make", undefined],
  ["[internal] load build context", undefined],
  ["exporting to oci image format", undefined],
])("the platform of %s is %s", (name, platform) => {
  expect(platformOf(name)).toBe(platform);
});
