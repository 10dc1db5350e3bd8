import { expect, it } from "vitest";
import { canonicalPlatform, isSamePlatform } from "../../src/oci/platform.ts";

it.each([
  ["linux/amd64", "linux/amd64"],
  ["linux/x86_64", "linux/amd64"],
  ["linux/amd64/v1", "linux/amd64"],
  ["linux/amd64/v3", "linux/amd64/v3"],
  ["linux/arm64/v8", "linux/arm64"],
  ["linux/aarch64", "linux/arm64"],
  ["linux/arm64/v9", "linux/arm64/v9"],
  ["linux/arm", "linux/arm/v7"],
  ["linux/arm/6", "linux/arm/v6"],
  ["linux/armhf", "linux/arm/v7"],
  ["linux/armel", "linux/arm/v6"],
  ["linux/i386", "linux/386"],
  ["Windows/AMD64", "windows/amd64"],
  ["linux/constructor", "linux/constructor"],
])("%s is %s", (text, canonical) => {
  expect(canonicalPlatform(text)).toBe(canonical);
  expect(canonicalPlatform(canonical)).toBe(canonical);
});

it("is told from others by what it runs, and not by how it is written", () => {
  expect(isSamePlatform("linux/arm64", "linux/arm64/v8")).toBe(true);
  expect(isSamePlatform("linux/amd64", "linux/amd64/v3")).toBe(false);
  expect(isSamePlatform("linux/arm/v6", "linux/arm")).toBe(false);
});
