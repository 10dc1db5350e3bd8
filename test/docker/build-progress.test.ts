import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bakeNames, stepOwner } from "../../src/docker/bake-names.ts";
import { failedTarget } from "../../src/docker/build-failure.ts";
import { tellProgress } from "../../src/docker/build-progress.ts";
import type { BuildEvent } from "../../src/docker/progress.ts";

/** What buildx 0.29 said of two images that share a stage, one of which fails. */
const recorded = readFileSync(join(import.meta.dirname, "fixtures", "shared-stage.txt"), "utf8")
  .trimEnd()
  .split("\n");
const names = bakeNames(["shop/api", "shop/web"].map((image) => ({ image, spec: {} })));

function told() {
  const events: BuildEvent[][] = [[], []];
  const images = events.map((own) => ({
    report: (event: BuildEvent) => own.push(event),
    maskName: (name: string) => name.replace("echo", "•••"),
  }));
  const progress = tellProgress(images, stepOwner(names), (words) => words.replace("ship", "•••"));
  const others = recorded.filter((line) => !progress.read(line));
  return { events, progress, others };
}

const linesOf = (events: readonly BuildEvent[] = []) =>
  events.flatMap((event) => (event.type === "build-log" ? event.line : []));

test("each image has its own steps, and one that they share is told once", () => {
  const [api = [], web = []] = told().events;
  expect(linesOf(api)).toEqual(["api-line"]);
  expect(linesOf(web)).toEqual([
    expect.stringMatching(/^shared-line-1/),
    "shared-line-2",
    "compiling",
    "no •••.h",
  ]);
  const shared = [...api, ...web].filter(
    (event) => event.type === "build-step" && event.name.startsWith("[shared 1/2] RUN •••"),
  );
  expect(shared.map((event) => "state" in event && event.state)).toEqual(
    expect.arrayContaining(["started", "done"]),
  );
  expect(web.filter((event) => shared.includes(event))).toHaveLength(2);
  expect(JSON.stringify([api, web])).not.toContain("shop-");
});

test("the failure is that of its image, which buildx names in the end", () => {
  const { progress, others } = told();
  expect(progress.failureOf(0)).toBeUndefined();
  expect(progress.failureOf(1)).toMatchObject({
    name: expect.stringMatching(/^\[web 1\/1\] RUN/),
    lastLines: ["compiling", "no •••.h"],
  });
  expect(failedTarget(others)).toBe("shop-web");
  expect(others[0]).toBe("Dockerfile.shared:6");
});
