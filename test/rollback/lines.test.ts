import { expect, it } from "vitest";
import { digestOf } from "../../src/oci/manifest.ts";
import { images, planned, record } from "./planned.ts";

// The same commit went out as the last of one line and the first of the next.
const both = { name: "both", tags: ["1.4.0", "2.0.0-rc.1"] };
const newer = images("1.5.1", "1.5.1");

it("names an image by its version of the tag's line, which --to takes", () => {
  const seen = { images: [both, ...newer], records: [record("both")] };
  expect(planned([seen]).targets).toMatchObject([{ to: { versions: ["1.4.0"] } }]);
  expect(planned([seen], { to: { version: "1.4.0" } }).problems).toEqual([]);
});

it("names an image that has no version of its line by those that it has", () => {
  const seen = { images: [{ ...both, tags: ["2.0.0-rc.1"] }, ...newer] };
  const { targets } = planned([seen], { to: { digest: digestOf("both") } });
  expect(targets).toMatchObject([{ to: { versions: ["2.0.0-rc.1"] } }]);
});

it("finds a rollback done, whatever the image is in other lines", () => {
  const back = { ...both, tags: [...both.tags, "latest"] };
  const seen = { images: [back, ...images("", "1.5.1")], records: [record("1.5.1", "1.5.1")] };
  const records = [...seen.records, record("1.3.0")];
  const { targets, notes, problems } = planned([{ ...seen, records }]);
  expect(problems).toEqual([]);
  expect(targets).toMatchObject([
    { from: { digest: digestOf("both") }, to: { versions: ["1.4.0"] } },
  ]);
  expect(notes).toMatchObject([{ code: "ROLLED_BACK_ALREADY" }]);
});
