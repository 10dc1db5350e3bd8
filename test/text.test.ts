import { expect, test } from "vitest";
import { decodeText } from "../src/text.ts";

const words = '{ "description": "Prüfläufe – \u{1F6A2}" }';
const swapped = (bytes: Buffer) => Buffer.from(bytes).swap16();

test.each([
  ["UTF-8", Buffer.from(words)],
  ["UTF-8 with its mark", Buffer.from(`\uFEFF${words}`)],
  ["UTF-16 as PowerShell writes it", Buffer.from(`\uFEFF${words}`, "utf16le")],
  ["UTF-16 the other way round", swapped(Buffer.from(`\uFEFF${words}`, "utf16le"))],
])("reads %s", (_, bytes) => {
  expect(decodeText(bytes)).toBe(words);
});

test("reads nothing, and a replacement character that is meant", () => {
  expect(decodeText(Buffer.alloc(0))).toBe("");
  expect(decodeText(Buffer.from("\uFFFD"))).toBe("\uFFFD");
});

test.each([
  ["line 1, column 1", Buffer.from([0xfc])],
  ["line 2, column 6", Buffer.from("a: 1\nb: Prüfung\n", "latin1")],
  ["line 3, column 2", Buffer.concat([Buffer.from("ü\r\uFFFD\r\né"), Buffer.from([0xe4])])],
])("refuses another encoding, from %s on", (place, bytes) => {
  expect(() => decodeText(bytes)).toThrow(`it is not UTF-8 from ${place} on`);
});
