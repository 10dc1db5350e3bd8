import { Args } from "@oclif/core";
import { BaseCommand } from "../src/cli/command.ts";
import { overridesOf, targetFlags } from "../src/cli/flags.ts";
import { load } from "../src/cli/load.ts";
import { showProgress } from "../src/cli/publishing/progress.ts";
import { verificationText } from "../src/cli/publishing/verify-text.ts";
import { openWorld } from "../src/cli/world.ts";
import { SlipwayError } from "../src/errors.ts";
import { parseVersion } from "../src/release/planning/version.ts";
import { type Verification, verifyRelease } from "../src/release/verify.ts";

export default class VerifyCommand extends BaseCommand {
  static override summary = "prove a release as it stands in the registries";
  static override description =
    "Asks every target for the version tag, its platforms, attestations, manifests and blobs, the commit that its index and labels name (that of the version's git tag, where git knows it), what refers to it, the floating tags of its lines, which must agree between targets, and the lifecycle policy. Changes nothing. Exit status 3 when something does not hold.";
  static override examples = [
    "<%= config.bin %> verify 1.4.0",
    "<%= config.bin %> verify 1.4.0 --image app --region eu-west-1 --json",
  ];
  static override args = {
    version: Args.string({ description: "the version to prove, such as 1.4.0", required: true }),
  };
  static override flags = targetFlags;

  async run(): Promise<Verification> {
    const { args, flags } = await this.parse(VerifyCommand);
    const version = versionOf(args.version);
    const { request, projectDir } = await load(overridesOf(flags), flags.config, {
      signal: this.signal,
    });
    const { env } = this;
    using screen = this.openScreen(flags.quiet);
    const report = showProgress(screen, this.signal);
    const world = openWorld({ projectDir, env, signal: this.signal, report });
    const verification = await verifyRelease(request, version, world);
    this.log(verificationText(verification, this.width));
    if (!verification.holds) this.refuse();
    return verification;
  }
}

function versionOf(text: string): string {
  const version = parseVersion(text);
  if (version !== undefined) return version;
  throw new SlipwayError("USAGE", `'${text}' is not a semantic version`, {
    suggestions: ["write it as 1.4.0: slipway verify 1.4.0"],
  });
}
