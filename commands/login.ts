import { Flags } from "@oclif/core";
import { BaseCommand } from "../src/cli/command.ts";
import { overridesOf, targetFlags } from "../src/cli/flags.ts";
import { load } from "../src/cli/load.ts";
import {
  credentialsFor,
  type HelperCredentials,
  type LoggedIn,
  loginTo,
} from "../src/cli/login.ts";

export default class LoginCommand extends BaseCommand {
  static override summary = "docker login for every target, or the credentials of one as JSON";
  static override description =
    "For those who want their own docker, or another tool, to push and pull: slipway itself needs no login and leaves none behind. docker keeps the password, which expires after 12 hours. With --print nothing is kept: username and password go to stdout in the form of docker's credential helpers.";
  static override examples = [
    "<%= config.bin %> login",
    "<%= config.bin %> login --region eu-west-1 --region us-east-1",
    "<%= config.bin %> login --region eu-west-1 --print | jq -r .Secret | skopeo login --username AWS --password-stdin 123456789012.dkr.ecr.eu-west-1.amazonaws.com",
  ];
  static override flags = {
    ...targetFlags,
    print: Flags.boolean({
      description: "print username and password for the one target instead of logging in",
    }),
  };

  async run(): Promise<readonly LoggedIn[] | HelperCredentials> {
    const { flags } = await this.parse(LoginCommand);
    const overrides = overridesOf({ ...flags, image: flags.image ?? "any" });
    const { request } = await load(overrides, flags.config, { needsBuild: false });
    using screen = this.openScreen(flags.quiet);
    const asking = this.asking(screen);
    return flags.print ? await this.#print(request, asking) : await this.#login(request, asking);
  }

  async #print(...asked: Parameters<typeof credentialsFor>): Promise<HelperCredentials> {
    const credentials = await credentialsFor(...asked);
    if (process.stdout.isTTY) {
      process.stderr.write("the line below holds a password; it is good for up to 12 hours\n");
    }
    this.log(JSON.stringify(credentials));
    return credentials;
  }

  async #login(...asked: Parameters<typeof loginTo>): Promise<readonly LoggedIn[]> {
    const done = await loginTo(...asked);
    for (const { host, expiresAt } of done) this.log(`logged in to ${host} until ${expiresAt}`);
    return done;
  }
}
