import { Flags } from "@oclif/core";
import { BaseCommand } from "../src/cli/command.ts";
import { type Initialised, initialise } from "../src/cli/init.ts";
import { initText } from "../src/cli/init-text.ts";

export default class InitCommand extends BaseCommand {
  static override summary = "write a commented slipway.yaml from what is found here";
  static override description =
    "Looks at the Dockerfile and its stages, the git remote and tags and the region of the environment. Never replaces a file unless told to.";
  static override examples = [
    "<%= config.bin %> init",
    "<%= config.bin %> init --region eu-west-1",
  ];
  static override flags = {
    region: Flags.string({ description: "region to publish to", helpValue: "REGION" }),
    force: Flags.boolean({ description: "replace the slipway.yaml that is there" }),
  };

  async run(): Promise<Initialised> {
    const { flags } = await this.parse(InitCommand);
    const done = await initialise(process.cwd(), {
      ...flags,
      env: this.env,
      signal: this.signal,
    });
    this.log(initText(done));
    return done.written;
  }
}
