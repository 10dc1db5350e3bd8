import { stripVTControlCharacters } from "node:util";
import { expect, it } from "vitest";
import { rollbackPlanText } from "../../../src/cli/publishing/rollback-text.ts";
import { images, planned, record } from "../../rollback/planned.ts";

const repository = { mutability: "IMMUTABLE" } as const;
const seen = { images: images("1.5.1", "1.4.0", "1.5.1"), records: [record("1.4.0")], repository };
const plan = planned([seen, { ...seen, region: "eu-west-1" }]);
const linesOf = (width: number) =>
  stripVTControlCharacters(rollbackPlanText(plan, width)).split("\n");

it("a rollback's plan keeps within 80 columns, who says so below the way", () => {
  const lines = linesOf(80);
  const at = lines.findIndex((line) => line.includes("~ 123456789012/us-east-1"));
  expect(lines[at]?.trim()).toBe("~ 123456789012/us-east-1");
  expect(lines[at + 1]).toMatch(
    /^ {4}1\.5\.1 \(sha256:[0-9a-f]{12}\) → 1\.4\.0 \(sha256:[0-9a-f]{12}\)$/,
  );
  expect(lines[at + 2]).toBe("    by the receipt of 2026-11-21 10:00 UTC");
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});

it("a problem that targets share stands once, with what to do at each of them", () => {
  const text = linesOf(1000).join("\n");
  expect(text.match(/FLOATING_TAG_LOCKED/g)).toHaveLength(1);
  expect(text.match(/try .*--region us-east-1/g)).toHaveLength(1);
  expect(text.match(/try .*--region eu-west-1/g)).toHaveLength(1);
  expect(text).toMatch(/^ {2}~ 123456789012\/us-east-1 {2}1\.5\.1 .* by the receipt/m);
});

it("does not say that a tag is missing where nobody looked", () => {
  const refused = { code: "WRONG_ACCOUNT", target: "123456789012/eu-west-1" } as const;
  const [first, second = first] = plan.targets.map((one) => ({ ...one, from: null, to: null }));
  const problems = [{ ...refused, message: "another account", remedy: "use other credentials" }];
  const unseen = { ...plan, targets: [first, second].flatMap((one) => one ?? []), problems };
  const text = stripVTControlCharacters(rollbackPlanText(unseen));
  expect(text).toContain("? 123456789012/us-east-1  no such tag");
  expect(text).toContain("? 123456789012/eu-west-1  not looked at");
});

it("a plan says of a target that the tag never left that it is to be held there", () => {
  const bad = { images: images("1.5.1", "1.4.0", "1.5.1") };
  const never = { region: "eu-west-1", images: images("1.4.0", "1.3.0", "1.4.0") };
  const held = planned([bad, never], { to: { version: "1.4.0" } });
  const text = stripVTControlCharacters(rollbackPlanText(held));
  expect(text).toMatch(
    /^ {2}= 123456789012\/eu-west-1 {2}1\.4\.0 \(\S+\) .*, and held below 1\.5\.1$/m,
  );
  expect(text.match(/held below/g)).toHaveLength(1);
});

it("a rollback that was done names the command that goes elsewhere, by itself", () => {
  const back = images("1.4.0", "1.5.1", "1.4.0");
  const text = rollbackPlanText(planned([{ images: back, records: [record("1.5.1", "1.5.1")] }]));
  expect(stripVTControlCharacters(text)).toMatch(
    /^ {4}try {2}further back, .*: slipway rollback latest --to VERSION$/m,
  );
});
