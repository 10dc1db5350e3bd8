import { expect, test } from "vitest";
import { showProgress } from "../../src/cli/progress.ts";
import type { BuildEvent } from "../../src/docker/progress.ts";

test("build steps of several images stand beside each other, each with its image", () => {
  const written: string[] = [];
  let live: () => readonly string[] = () => [];
  const screen = {
    write: (line: string) => written.push(line),
    live: (lines: () => readonly string[]) => {
      live = lines;
    },
  };
  const report = showProgress(screen, () => 0);
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
});

test("what many wait for at once is told once, and again as the waits grow", () => {
  const written: string[] = [];
  const report = showProgress({ write: (line) => written.push(line), live: () => {} }, () => 0);
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
