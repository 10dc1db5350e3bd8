import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Binary, builtBinary } from "../support/binary.ts";
import { destinations, makePromotionTemplate } from "./promotion-template.ts";
import { drawn, seed } from "./sample.ts";
import { tagsBeforeContent } from "./seen.ts";
import { openStage } from "./stage.ts";
import { makeTemplate, type Template } from "./template.ts";

/** How many stages play at once: a release waits for quotas longer than it computes. */
const lanes = 4;

const regions = ["ap-south-1", "eu-west-1", "us-east-1"];

interface Scenario {
  readonly name: string;
  readonly world: () => Promise<Template>;
  /** Killed after each of its effects. */
  readonly argv: readonly string[];
  /** How many of the deaths are usually drawn; `SLIPWAY_TEST_CASES=all` plays every one. */
  readonly deaths: number;
  /** What running it again may end with. */
  readonly again?: readonly number[];
}

const scenarios: readonly Scenario[] = [
  {
    name: "the first release",
    world: () => makeTemplate(regions, []),
    argv: ["release", "1.0.0", "--quiet"],
    deaths: 16,
  },
  {
    name: "a release after another",
    world: () => makeTemplate(regions, ["1.0.0"]),
    argv: ["release", "1.1.0", "--quiet"],
    deaths: 16,
  },
  {
    name: "a promotion to two regions",
    world: makePromotionTemplate,
    argv: ["promote", "1.1.0", "--quiet", ...destinations.flatMap((region) => ["--to", region])],
    deaths: 16,
  },
  {
    name: "a rollback at three targets",
    world: () => makeTemplate(regions, ["1.0.0", "1.1.0"]),
    argv: ["rollback", "latest", "--quiet"],
    deaths: 9,
    again: [0, 3], // refused where it had moved the tag everywhere: a second rollback could mean further back
  },
];

let binary: Binary;
beforeAll(() => {
  binary = builtBinary();
}, 120_000);
afterAll(() => binary[Symbol.dispose]());

describe.each(scenarios)("killed after any effect of $name", (scenario) => {
  const { world, argv, deaths, again: endings = [0] } = scenario;
  let template: Template;
  beforeAll(async () => {
    template = await world();
  }, 60_000);
  afterAll(() => template[Symbol.dispose]());

  it("no tag ever pointed to what is not whole everywhere, and running again ends as if nothing had been", async () => {
    const clean = await play();
    expect(clean.state).not.toEqual(clean.before);
    const all = Array.from({ length: clean.effects.length }, (_, at) => at + 1);
    const ends = drawn(all, deaths);
    let killed = 0;
    await inLanes(ends, async (last) => {
      const { first, state } = await play(last);
      if (first === "killed") killed += 1;
      expect(state, `killed after effect ${last}, seed ${seed}`).toEqual(clean.state);
    });
    // The last effects may be of another order, or fewer, the second time; most must have been deaths.
    expect(killed).toBeGreaterThan(ends.length - 5);
    process.stdout.write(
      `${scenario.name}: killed after ${killed} of ${all.length} effects (seed ${seed}): all finished by running again\n`,
    );
  }, 1_800_000);

  async function play(last?: number) {
    await using stage = await openStage(template, binary.file);
    const before = await stage.state();
    const first = await stage.run(argv, last);
    expect(last === undefined ? [0] : [0, "killed"], first.stderr).toContain(first.status);
    const again = await stage.run(argv);
    expect(endings, `after a death at effect ${last}: ${again.stderr}`).toContain(again.status);
    expect(again.stderr).toBe("");
    expect(tagsBeforeContent(stage.effects, template)).toEqual([]);
    return { before, first: first.status, effects: stage.effects, state: await stage.state() };
  }
});

async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const lane = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
