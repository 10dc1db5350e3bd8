import { expect, test } from "vitest";
import { requestLine } from "../../src/local/request-text.ts";

const entry = {
  at: "2026-03-01T12:00:00.250Z",
  method: "PUT",
  path: "/v2/team/app/manifests/1.0",
  status: 201,
  bytesIn: 530,
  bytesOut: 0,
  milliseconds: 4.21,
};

test("a request is a line", () => {
  expect(requestLine(entry)).toBe(
    "2026-03-01T12:00:00.250Z 201 PUT /v2/team/app/manifests/1.0 in 530 out 0 4.2ms",
  );
});

test("a call of the API goes by its operation", () => {
  expect(requestLine({ ...entry, operation: "PutImage" })).toContain(" 201 PutImage in 530 ");
});

test("whatever was asked, and whatever went wrong, is one printable line", () => {
  const line = requestLine({ ...entry, path: "/\u001b[2J\n", error: new Error("two\nlines") });
  expect(line).toContain("PUT /%1B[2J%0A in");
  expect(line).toContain("Error: two%0Alines");
});
