import { expect, it } from "vitest";
import { watchSilence } from "../../src/cli/silence.ts";

function watched() {
  let at = 0;
  const silence = watchSilence(() => at);
  return {
    ...silence,
    pass: (ms: number) => {
      at += ms;
    },
  };
}
const ireland = { target: "eu-west-1" };
const virginia = { target: "us-east-1" };

it("is told once it is long, region by region", () => {
  const { asked, lines, pass } = watched();
  asked(ireland);
  pass(900);
  asked(virginia);
  expect(lines()).toEqual([]);
  pass(600);
  expect(lines()).toEqual(["  eu-west-1  AWS has not answered for 1.5 s"]);
});

it("begins anew with every answer, and ends with the last", () => {
  const { asked, answered, lines, pass } = watched();
  asked(ireland);
  asked(ireland);
  pass(2000);
  answered(ireland);
  expect(lines()).toEqual([]);
  pass(3000);
  expect(lines()).toEqual(["  eu-west-1  AWS has not answered for 3.0 s"]);
  answered(ireland);
  pass(5000);
  expect(lines()).toEqual([]);
  asked(ireland);
  expect(lines()).toEqual([]);
});
