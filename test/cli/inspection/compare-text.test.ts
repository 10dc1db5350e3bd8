import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { inspectionText } from "../../../src/cli/inspection/image-text.ts";
import { inspectImage } from "../../../src/inspection/read.ts";
import { builder } from "../../inspection/images.ts";

test("two images are compared as bars of one scale, layer by layer", async () => {
  const { image, found } = builder();
  const base = { content: "b".repeat(1000) };
  const single = image({}, [base, { content: "compiler".repeat(1000) }]);
  const multi = image({}, [base, { content: "app".repeat(500) }]);
  const inspection = await inspectImage(found(multi), found(single));
  const lines = stripVTControlCharacters(inspectionText(inspection, 60)).split("\n");
  const at = lines.findIndex((line) => line.startsWith("  linux/amd64  pulls "));
  expect(lines[at]).toMatch(/, −6\.5 kB$/);
  expect(lines.slice(at + 1, at + 6)).toEqual([
    expect.stringMatching(/^ {6}2\.\d kB {2}█{4,6}\S? +this image$/),
    expect.stringMatching(/^ {6}9\.\d kB {2}█{18} {2}the other$/),
    expect.stringMatching(/^ {6}1\.0 kB {2}█+\S? +/),
    expect.stringMatching(/^ {2}\+ {3}1\.5 kB {2}██+\S? +/),
    expect.stringMatching(/^ {2}- {3}8\.0 kB {2}█{14,16}\S? +/),
  ]);
});
