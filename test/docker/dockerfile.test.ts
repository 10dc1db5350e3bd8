import { expect, test } from "vitest";
import { stageNames } from "../../src/docker/dockerfile.ts";

test("names of stages are read over comments, flags, continued lines and Windows line ends", () => {
  const text = `# syntax=docker/dockerfile:1
ARG NODE=24
FROM --platform=$BUILDPLATFORM node:\${NODE} AS build
RUN echo FROM nowhere AS x
# FROM old AS commented
from build as test
FROM \\
  # between
  scratch
FROM alpine@sha256:abc AS Runtime
`.replaceAll("\n", "\r\n");
  expect(stageNames(text)).toEqual(["build", "test", "Runtime"]);
});

test("no stage is found where there is none", () => {
  expect(stageNames("")).toEqual([]);
  expect(stageNames("FROMAGE x AS y")).toEqual([]);
});
