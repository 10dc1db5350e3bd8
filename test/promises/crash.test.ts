import { afterAll, beforeAll, describe, expect, it } from "vitest";
import PromoteCommand from "../../commands/promote.ts";
import ReleaseCommand from "../../commands/release.ts";
import RollbackCommand from "../../commands/rollback.ts";
import { type Binary, builtBinary } from "../support/binary.ts";
import { hurriedClock } from "../support/release.ts";
import { destinations, makePromotionTemplate } from "./promotion-template.ts";
import { tagsBeforeContent } from "./seen.ts";
import { openStage, type Stage } from "./stage.ts";
import { makeTemplate, type Template } from "./template.ts";

/** How many stages play at once: a release waits for quotas longer than it computes. */
const lanes = 4;

const regions = ["ap-south-1", "eu-west-1", "us-east-1"];

interface Scenario {
  readonly name: string;
  readonly world: () => Promise<Template>;
  readonly command: Parameters<Stage["runHere"]>[0];
  /** Its arguments. It is killed after each of its effects. */
  readonly argv: readonly string[];
}

const scenarios: readonly Scenario[] = [
  {
    name: "the first release",
    world: () => makeTemplate(regions, []),
    command: ReleaseCommand,
    argv: ["1.0.0", "--quiet"],
  },
  {
    name: "a release after another",
    world: () => makeTemplate(regions, ["1.0.0"]),
    command: ReleaseCommand,
    argv: ["1.1.0", "--quiet"],
  },
  {
    name: "a promotion to two regions",
    world: makePromotionTemplate,
    command: PromoteCommand,
    argv: ["1.1.0", "--quiet", ...destinations.flatMap((region) => ["--to", region])],
  },
  {
    name: "a rollback at three targets",
    world: () => makeTemplate(regions, ["1.0.0", "1.1.0"]),
    command: RollbackCommand,
    argv: ["latest", "--quiet"],
  },
];

let binary: Binary;
let clock: Disposable;
beforeAll(() => {
  binary = builtBinary();
  clock = hurriedClock();
}, 120_000);
afterAll(() => {
  clock?.[Symbol.dispose]();
  binary?.[Symbol.dispose]();
});

describe.each(scenarios)("killed after any effect of $name", (scenario) => {
  const { world, command, argv } = scenario;
  let template: Template;
  beforeAll(async () => {
    template = await world();
  }, 60_000);
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
      `${scenario.name}: killed after ${killed} of ${ends.length} effects: all finished by running again\n`,
    );
  }, 1_800_000);

  async function play(last?: number) {
    await using stage = await openStage(template, binary.file);
    const before = await stage.state();
    const first = await stage.run([nameOf(command), ...argv], last);
    expect(last === undefined ? [0] : [0, "killed"], first.stderr).toContain(first.status);
    const again = await stage.runHere(command, argv);
    expect(again.status, `after a death at effect ${last}: ${again.stderr}`).toBe(0);
    expect(again.stderr).toBe("");
    expect(tagsBeforeContent(stage.effects, template)).toEqual([]);
    return { before, first: first.status, effects: stage.effects, state: await stage.state() };
  }
});

/** `ReleaseCommand` → `release`. */
function nameOf({ name }: Scenario["command"]): string {
  return name.replace(/Command$/, "").toLowerCase();
}

async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const lane = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
