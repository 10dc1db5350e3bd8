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
