import { expect, it } from "vitest";
import { showWaits } from "../../../src/cli/terminal/waits.ts";
import { watchFor } from "../../../src/release/event.ts";
import { notedScreen } from "../publishing/noted-screen.ts";

function watched() {
  const { screen, clock, ...noted } = notedScreen();
  const report = showWaits(screen, () => clock.now);
  return {
    ...noted,
    report,
    at: (region: string) => watchFor(region, report),
    pass: (ms: number) => {
      clock.now += ms;
    },
  };
}

it("silence is told once it is long, region by region", () => {
  const { at, live, pass } = watched();
  at("eu-west-1").onAsk();
  pass(900);
  at("us-east-1").onAsk();
  expect(live()).toEqual([]);
  pass(600);
  expect(live()).toEqual(["  eu-west-1  AWS has not answered for 1.5 s"]);
});

it("silence begins anew with every answer, and ends with the last", () => {
  const { at, live, pass } = watched();
  const { onAsk } = at("eu-west-1");
  const [first, second] = [onAsk(), onAsk()];
  pass(2000);
  first();
  expect(live()).toEqual([]);
  pass(3000);
  expect(live()).toEqual(["  eu-west-1  AWS has not answered for 3.0 s"]);
  second();
  pass(5000);
  expect(live()).toEqual([]);
  onAsk();
  expect(live()).toEqual([]);
});

it("a wait is told again when it has doubled, and of every image for itself", () => {
  const { at, report, written } = watched();
  const why = "AWS says that the rate is exceeded";
  for (const ms of [200, 300, 400, 700]) at("eu-west-1").onWait(why, ms);
  report({ type: "waiting", target: "eu-west-1", image: "shop/api", why, ms: 300 });
  expect(written).toEqual([
    `  eu-west-1  again in 200 ms: ${why}`,
    `  eu-west-1  again in 400 ms: ${why}`,
    `  shop/api  eu-west-1  again in 300 ms: ${why}`,
  ]);
});
