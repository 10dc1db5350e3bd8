import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../../src/cli/command.ts";
import { SlipwayError } from "../../src/errors.ts";
import { parseDuration } from "../../src/local/clock.ts";
import { type ClockReading, endpointFrom, moveClock } from "../../src/local/console/client.ts";

export default class LocalClockCommand extends BaseCommand {
  static override summary = "read the clock of a running local ECR, or move it ahead";
  static override description =
    "On its way ahead, lifecycle policies run at their times and tokens expire. It never goes back.";
  static override examples = [
    "<%= config.bin %> local clock",
    "<%= config.bin %> local clock +30d",
  ];
  static override args = {
    ahead: Args.string({ description: "how far: +30d, +12h, +90m, +10s" }),
  };
  static override flags = {
    endpoint: Flags.string({
      description: "address of the local ECR; AWS_ENDPOINT_URL_ECR by default",
      helpValue: "URL",
    }),
  };

  async run(): Promise<ClockReading> {
    const { args, flags } = await this.parse(LocalClockCommand);
    const ahead = parseDuration(args.ahead ?? "0s");
    if (ahead === undefined) {
      throw new SlipwayError("USAGE", `'${args.ahead}' is not a time to move ahead`, {
        suggestions: ["slipway local clock +30d"],
      });
    }
    const endpoint = endpointFrom(flags.endpoint, this.env.AWS_ENDPOINT_URL_ECR);
    const reading = await moveClock(endpoint, ahead);
    this.log(`it is ${reading.now} at the local ECR`);
    return reading;
  }
}
