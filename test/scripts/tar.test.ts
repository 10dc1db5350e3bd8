import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { type Entry, tar } from "../../scripts/base-image.d/tar.ts";

const entries: readonly Entry[] = [
  { type: "folder", path: "bin", mode: 0o755 },
  { type: "file", path: "bin/tool", mode: 0o755, content: Buffer.alloc(1025, "x") },
  { type: "link", path: "bin/sh", target: "tool" },
  { type: "folder", path: "tmp", mode: 0o1777 },
  { type: "file", path: "empty", mode: 0o600, content: Buffer.alloc(0) },
];

function readByTar(...args: string[]): string {
  return execFileSync("tar", [...args], { input: tar(entries), encoding: "utf8" });
}

test("the system's tar reads what was written", () => {
  const lines = readByTar("-tvf", "-", "--numeric-owner").trimEnd().split("\n");
  expect(lines.map((line) => line.replace(/\s+/g, " ").replace(/ 1970-01-01 \S+/, ""))).toEqual([
    "drwxr-xr-x 0/0 0 bin/",
    "-rwxr-xr-x 0/0 1025 bin/tool",
    "lrwxrwxrwx 0/0 0 bin/sh -> tool",
    "drwxrwxrwt 0/0 0 tmp/",
    "-rw------- 0/0 0 empty",
  ]);
});

test("content comes out as it went in", () => {
  expect(readByTar("-xOf", "-", "bin/tool")).toBe("x".repeat(1025));
});

test("the same entries give the same bytes", () => {
  expect(tar(entries).equals(tar(structuredClone(entries)))).toBe(true);
});

test("a path that does not fit is refused", () => {
  expect(() => tar([{ type: "folder", path: "x".repeat(100), mode: 0o755 }])).toThrow(RangeError);
});
