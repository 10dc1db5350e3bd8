import { resolve } from "node:path";
import { Flags } from "@oclif/core";
import { buildText } from "../src/cli/build-text.ts";
import { BaseCommand } from "../src/cli/command.ts";
import { buildFlags, gateFlags, overridesOf, targetFlags, versionFlags } from "../src/cli/flags.ts";
import { load } from "../src/cli/load.ts";
import { verifyLayoutPlace } from "../src/cli/output-layout.ts";
import { showProgress } from "../src/cli/progress.ts";
import { openScreen } from "../src/cli/screen.ts";
import { openWorld } from "../src/cli/world.ts";
import { type BuiltImage, buildAlone } from "../src/release/build.ts";

export default class BuildCommand extends BaseCommand {
  static override summary = "build the image alone, into an OCI image layout";
  static override description =
    "Builds what a release of the same commit and flags would build, and keeps it where that release finds it. No registry is asked, and no AWS credentials are needed unless the Dockerfile pulls from ECR. No version either: it is a tag, not in the image. With --output the layout is also left there, for release --layout on another machine.";
  static override examples = [
    "<%= config.bin %> build",
    "<%= config.bin %> build --platform linux/arm64 --output layout-arm64",
    "<%= config.bin %> build --image app --json",
  ];
  static override flags = {
    config: targetFlags.config,
    image: targetFlags.image,
    output: Flags.string({
      char: "o",
      description: "leave the layout here as well",
      helpValue: "DIR",
    }),
    "allow-dirty": versionFlags["allow-dirty"],
    ...gateFlags,
    ...buildFlags,
  };

  async run(): Promise<BuiltImage> {
    const { flags } = await this.parse(BuildCommand);
    const { env } = this;
    const output = flags.output === undefined ? undefined : resolve(flags.output);
    if (output !== undefined) await verifyLayoutPlace("--output", output);
    const { request, projectDir } = await load(overridesOf(flags), flags.config, {
      needsTargets: false,
    });
    using screen = openScreen({ quiet: flags.quiet, ci: env.CI !== undefined });
    const world = openWorld({
      projectDir,
      env,
      signal: this.signal,
      report: showProgress(screen, Date.now, this.signal),
      ownFiles: [output],
    });
    const built = await buildAlone(request, world, output);
    screen.live(() => []);
    this.log(buildText(built, this.width));
    return built;
  }
}
