import { Flags } from "@oclif/core";
import { BaseCommand } from "../../src/cli/command.ts";
import { verifyReplaceable, writeOutput } from "../../src/cli/files/output-file.ts";
import { oneScopeFlags } from "../../src/cli/lifecycle/flags.ts";
import { placeOf, placeText, readOne } from "../../src/cli/lifecycle/one-repository.ts";
import { parseRates } from "../../src/cli/lifecycle/rates.ts";
import { simulationSvg, simulationText } from "../../src/cli/lifecycle/simulate-text.ts";
import { cadenceOf, measureCadence } from "../../src/lifecycle/cadence.ts";
import { type Simulation, simulate } from "../../src/lifecycle/simulate.ts";

const picture = { name: "an SVG picture", start: "<svg" };

export default class LifecycleSimulateCommand extends BaseCommand {
  static override summary = "play a lifecycle policy forward, day by day";
  static override description =
    "Starts from today's images and repeats the pushes of the last four weeks, or pushes as --push says, and lets the policy act every day: images, bytes, what goes when, and where it settles. Changes nothing.";
  static override examples = [
    "<%= config.bin %> lifecycle simulate --days 90",
    "<%= config.bin %> lifecycle simulate --policy lifecycle.json --repository app --region eu-west-1 --svg app.svg",
    "<%= config.bin %> lifecycle simulate --push main-=5/day --push v1.0.=1/week --push untagged=15/day",
  ];
  // What oclif makes of it says of flags that take one value that they take several.
  static override usage =
    "<%= command.id %> [--repository REPOSITORY] [--policy FILE] [--days N] [--push TAG=N/day...] [--svg FILE] [FLAGS]";
  static override flags = {
    ...oneScopeFlags,
    days: Flags.integer({
      description: "how many days to simulate",
      default: 90,
      min: 1,
      max: 3650,
      helpValue: "N",
    }),
    push: Flags.string({
      description:
        "images pushed with tags that begin with TAG (or untagged), instead of the measured pushes; none for no pushes; repeatable",
      multiple: true,
      multipleNonGreedy: true,
      helpValue: "TAG=N/day|TAG=N/week|none",
    }),
    svg: Flags.string({ description: "draw the result into this SVG file", helpValue: "FILE" }),
  };

  async run(): Promise<Simulation & ReturnType<typeof placeOf>> {
    const { flags } = await this.parse(LifecycleSimulateCommand);
    const { push, svg, days } = flags;
    if (svg !== undefined) await verifyReplaceable("--svg", svg, picture);
    using screen = this.openScreen(flags.quiet);
    const one = await readOne(flags, this.asking(screen));
    const { facts, policy } = one;
    const { images, repository, at: now } = facts;
    const cadence = push ? cadenceOf(parseRates(push, images)) : measureCadence(images, now);
    const simulation = simulate(policy, images, cadence, { now, days });
    this.log(simulationText(simulation, placeText(one), this.width));
    if (svg !== undefined) {
      await writeOutput("--svg", svg, simulationSvg(simulation, repository));
      this.log(`drawn: ${svg}`);
    }
    return { ...placeOf(one), ...simulation };
  }
}
