import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Binary, builtBinary } from "../support/binary.ts";
import { tagsBeforeContent } from "./seen.ts";
import { openStage } from "./stage.ts";
import { makeTemplate, type Template } from "./template.ts";

/** How many stages play at once. */
const lanes = 2;

const regions = ["ap-south-1", "eu-west-1", "us-east-1"];

interface Scenario {
  readonly name: string;
  /** Versions that are there before, each of a commit of its own. */
  readonly released: readonly string[];
  /** Killed after each of its effects. */
  readonly argv: readonly string[];
}

const scenarios: readonly Scenario[] = [
  { name: "the first release", released: [], argv: ["release", "1.0.0", "--quiet"] },
  { name: "a release after another", released: ["1.0.0"], argv: ["release", "1.1.0", "--quiet"] },
];

let binary: Binary;
beforeAll(() => {
  binary = builtBinary();
});
afterAll(() => binary[Symbol.dispose]());

describe.each(scenarios)("killed after any effect of $name", ({ released, argv }) => {
  let template: Template;
  beforeAll(async () => {
    template = await makeTemplate(regions, released);
  });
  afterAll(() => template[Symbol.dispose]());

  it("no tag ever pointed to what is not whole everywhere, and running again ends as if nothing had been", async () => {
    const clean = await play();
    expect(clean.state).not.toEqual(clean.before);
    const ends = Array.from({ length: clean.effects.length }, (_, at) => at + 1);
    let killed = 0;
    await inLanes(ends, async (last) => {
      const { first, state } = await play(last);
      if (first === "killed") killed += 1;
      expect(state, `killed after effect ${last}`).toEqual(clean.state);
    });
    // The last effects may be of another order, or fewer, the second time; most must have been deaths.
    expect(killed).toBeGreaterThan(ends.length - 5);
    process.stdout.write(
      `killed after ${killed} of ${ends.length} effects: all finished by running again\n`,
    );
  }, 300_000);

  async function play(last?: number) {
    await using stage = await openStage(template, binary.file);
    const before = await stage.state();
    const first = await stage.run(argv, last);
    expect(last === undefined ? [0] : [0, "killed"], first.stderr).toContain(first.status);
    const again = await stage.run(argv);
    expect(again, `after a death at effect ${last}`).toEqual({ status: 0, stderr: "" });
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
