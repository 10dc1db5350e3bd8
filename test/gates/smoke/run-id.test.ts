import { expect, test } from "vitest";
import { isLeft, newRunId, parseRunId } from "../../../src/gates/smoke/run-id.ts";
import { processSpace } from "../../../src/scratch.ts";

const now = Date.UTC(2026, 0, 1);
const alive = () => true;
const gone = () => false;

test("a run tells by its name whose it is and until when", () => {
  const id = newRunId(now, processSpace());
  expect(parseRunId(id.text)).toEqual(id);
  expect(id.text).toMatch(/^[a-z0-9-]+$/);
  expect(newRunId(now, id.owner).text).not.toBe(id.text);
});

test.each(["", "latest", "a-b-c-d", "t8z3k0-0123456-1-01234567"])("'%s' is no run", (text) => {
  expect(parseRunId(text)).toBeUndefined();
});

test("what a run left is collected when its process is gone, or its time over", () => {
  const id = newRunId(now, "01234567");
  expect(isLeft(id, now, "01234567", alive)).toBe(false);
  expect(isLeft(id, now, "01234567", gone)).toBe(true);
  // The process of another machine cannot be seen from here.
  expect(isLeft(id, now, "89abcdef", gone)).toBe(false);
  expect(isLeft(id, now + 3 * 3600_000, "89abcdef", alive)).toBe(true);
});
