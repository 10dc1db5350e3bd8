import { expect, test } from "vitest";
import { showProgress } from "../../../src/cli/publishing/progress.ts";
import type { BuildEvent } from "../../../src/docker/progress.ts";
import type { Step } from "../../../src/release/plan.ts";
import { buildSpec } from "../../support/build-spec.ts";
import { notedScreen } from "./noted-screen.ts";

type GateStep = Extract<Step, { action: "gate" }>;

function noted(signal?: AbortSignal) {
  const { screen, ...noted } = notedScreen();
  return { ...noted, report: showProgress(screen, signal, () => noted.clock.now) };
}

test("build steps of several images stand beside each other, each with its image", () => {
  const { written, report, live } = noted();
  const step = (image: string, state: "started" | "done", seconds?: number) => {
    const event: BuildEvent = { type: "build-step", id: "1", name: "[1/1] RUN make", state };
    report({ type: "build", image, event: seconds === undefined ? event : { ...event, seconds } });
  };
  step("shop/api", "started");
  step("shop/web", "started");
  expect(live()).toEqual([
    expect.stringContaining("shop/api  [1/1] RUN make"),
    expect.stringContaining("shop/web  [1/1] RUN make"),
  ]);
  step("shop/api", "done", 2);
  expect(written).toEqual([expect.stringMatching(/^ +shop\/api {2}\[1\/1\] RUN make {2}2/)]);
  expect(live()).toHaveLength(1);
  step("shop/web", "done", 0.9);
  expect(written).toHaveLength(1);
  expect(live()).toEqual([]);
});

test("a build step that runs tells its bytes where their number is known", () => {
  const { report, live } = noted();
  const bytes = (id: string, total: number) =>
    report({ type: "build", event: { type: "build-bytes", id, current: 5_000_000, total } });
  for (const id of ["1", "2"]) {
    report({
      type: "build",
      event: { type: "build-step", id, name: `step ${id}`, state: "started" },
    });
  }
  bytes("1", 10_000_000);
  bytes("2", 0);
  expect(live()).toEqual(["    step 1  5.0 MB of 10.0 MB  0 ms", "    step 2  0 ms"]);
});

test("a build step that Ctrl-C broke off has not failed", () => {
  const { written, report, live } = noted(AbortSignal.abort());
  for (const state of ["started", "failed"] as const) {
    report({ type: "build", event: { type: "build-step", id: "1", name: "RUN make", state } });
  }
  expect([...written, ...live()]).toEqual([]);
});

test("gates that look side by side have a line each until they end", () => {
  const { written, report, live } = noted();
  const [contents, scan] = (["contents", "scan"] as const).map((gate) => {
    const wish = { gate, mode: "on", skipped: false, settings: {} };
    return { action: "gate", stage: "layout", wish, spec: buildSpec(), because: "" } as GateStep;
  });
  if (!contents || !scan) throw new Error("two gates");
  for (const step of [scan, contents]) report({ type: "step-started", step });
  expect(live()).toEqual(["  gate scan  0 ms", "  gate contents  0 ms"]);
  report({ type: "step-done", outcome: { step: contents, state: "done", ms: 1 } });
  expect(written).toEqual(["  gate contents  1 ms"]);
  expect(live()).toEqual(["  gate scan  0 ms"]);
});

test("a build step that ended is no child of the line that happens to stand above it", () => {
  const { written, report } = noted();
  const name = "exporting to oci image format";
  report({ type: "build", event: { type: "build-step", id: "1", name, state: "started" } });
  report({
    type: "build",
    event: { type: "build-step", id: "1", name, state: "done", seconds: 2 },
  });
  expect(written).toEqual([`  ${name}  2.0 s`]);
});

test.each([
  [80, "  123456789012/us-east-1  upload the image  43.5 MB of 100 MB  5.2 s"],
  [60, "  us-east-1  upload the image  43.5 MB of 100 MB  5.2 s"],
  [50, "  us-east-1  upload the…  43.5 MB of 100 MB  5.2 s"],
  [39, "  us-east-1…  43.5 MB of 100 MB  5.2 s"],
])("in %i columns a line keeps what moves, and of its target the region", (room, line) => {
  const { report, clock, live } = noted();
  const target = "123456789012/us-east-1";
  const step = { action: "copy" as const, target, because: "" };
  report({ type: "step-started", step });
  report({ type: "copy-progress", target, bytes: 43_500_000, total: 100_000_000 });
  clock.now = 5200;
  expect(live(room)).toEqual([line]);
  expect(line.length).toBeLessThanOrEqual(room);
});

test("words of a build are shown and not obeyed, and make no lines of their own", () => {
  const { written, report, live } = noted();
  const name = "RUN echo \u001b[31mRED\u001b]0;pwned\u0007\n  released";
  const shown = "RUN echo \\u001b[31mRED\\u001b]0;pwned\\u0007\\n  released";
  report({ type: "build", event: { type: "build-step", id: "1", name, state: "started" } });
  expect(live()).toEqual([expect.stringContaining(shown)]);
  report({ type: "build", event: { type: "build-step", id: "1", name, state: "failed" } });
  report({ type: "build", event: { type: "build-warning", id: "1", message: name } });
  report({ type: "note", target: "us-east-1", message: name });
  report({ type: "waiting", target: "us-east-1", why: name, ms: 100 });
  expect(written).toHaveLength(4);
  for (const line of written) expect(line).toContain(shown);
});

test("what many wait for at once is told once, and again as the waits grow", () => {
  const { written, report } = noted();
  const wait = (target: string, why: string, ms: number) =>
    report({ type: "waiting", target, why, ms });
  for (const ms of [100, 150, 90, 199, 200, 300, 6000, 6000]) wait("a", "it is down", ms);
  wait("a", "it is slow", 100);
  wait("b", "it is down", 100);
  expect(written.map((line) => line.trim())).toEqual([
    "a  again in 100 ms: it is down",
    "a  again in 200 ms: it is down",
    "a  again in 6.0 s: it is down",
    "a  again in 6.0 s: it is down",
    "a  again in 100 ms: it is slow",
    "b  again in 100 ms: it is down",
  ]);
});
