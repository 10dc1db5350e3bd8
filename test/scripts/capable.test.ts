import { expect, test } from "vitest";
import { readBuilder } from "../../scripts/engine.d/capable.ts";

test("driver and platforms of a builder", () => {
  const text = [
    "Name:   default",
    "Driver: docker",
    "",
    "Nodes:",
    "Name:             default",
    "Status:           running",
    "Platforms:        linux/amd64*, linux/amd64/v2, linux/arm64",
  ].join("\n");
  expect(readBuilder(text)).toEqual({
    driver: "docker",
    platforms: ["linux/amd64", "linux/amd64/v2", "linux/arm64"],
  });
});

test("a builder of several nodes has the platforms of all", () => {
  const text = "Driver: docker-container\nPlatforms: linux/amd64\nPlatforms: linux/arm64*\n";
  expect(readBuilder(text).platforms).toEqual(["linux/amd64", "linux/arm64"]);
});

test("a builder that was never started has none", () => {
  expect(readBuilder("Driver: docker-container\nPlatforms: \nLabels: x\n").platforms).toEqual([]);
});
