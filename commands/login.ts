import { BaseCommand } from "../src/cli/command.ts";
import { overridesOf, targetFlags } from "../src/cli/flags.ts";
import { load } from "../src/cli/load.ts";
import { type LoggedIn, loginTo } from "../src/cli/login.ts";

export default class LoginCommand extends BaseCommand {
  static override summary = "docker login for every target";
  static override description =
    "For those who want their own docker to push and pull: slipway itself needs no login and leaves none behind. docker keeps the password, which ends after 12 hours.";
  static override examples = [
    "<%= config.bin %> login",
    "<%= config.bin %> login --region eu-west-1 --region us-east-1",
  ];
  static override flags = targetFlags;

  async run(): Promise<readonly LoggedIn[]> {
    const { flags } = await this.parse(LoginCommand);
    const overrides = overridesOf({ ...flags, image: flags.image ?? "any" });
    const { request } = await load(overrides, flags.config);
    const done = await loginTo(request.targets, this.signal);
    for (const { host, expiresAt } of done) this.log(`logged in to ${host} until ${expiresAt}`);
    return done;
  }
}
