import { resolve } from "node:path";
import { Flags } from "@oclif/core";
import { BaseCommand } from "../src/cli/command.ts";
import { verifyLayoutPlace, verifyNotBuiltFrom } from "../src/cli/files/output-layout.ts";
import {
  buildFlags,
  gateFlags,
  imagesFlag,
  overridesOf,
  targetFlags,
  versionFlags,
} from "../src/cli/flags.ts";
import { loadAll } from "../src/cli/load.ts";
import { buildsText } from "../src/cli/publishing/build-text.ts";
import { showProgress } from "../src/cli/publishing/progress.ts";
import { openWorld } from "../src/cli/world.ts";
import { SlipwayError } from "../src/errors.ts";
import { type BuiltImage, type BuiltImages, buildAll } from "../src/release/build.ts";

export default class BuildCommand extends BaseCommand {
  static override summary =
    "build images into OCI image layouts and run the gates, without publishing";
  static override description =
    "Builds what a release of the same commit and flags would build, and keeps it where that release finds it. No registry is asked, and no AWS credentials are needed unless the Dockerfile pulls from ECR. It takes no version either: a version is a tag, and not in the image. Several images are built together; a stage that they share is built once. With --output the layout of one image is also left there, for release --layout on another machine.";
  static override examples = [
    "<%= config.bin %> build",
    "<%= config.bin %> build --platform linux/arm64 --output layout-arm64",
    "<%= config.bin %> build --image app --json",
  ];
  static override flags = {
    config: targetFlags.config,
    image: imagesFlag.image,
    output: Flags.string({
      char: "o",
      description: "also write the layout to this directory",
      helpValue: "DIR",
    }),
    "allow-dirty": versionFlags["allow-dirty"],
    ...gateFlags,
    ...buildFlags,
  };

  async run(): Promise<BuiltImage | BuiltImages> {
    const { flags } = await this.parse(BuildCommand);
    const { env } = this;
    const output = flags.output === undefined ? undefined : resolve(flags.output);
    if (output !== undefined) await verifyLayoutPlace("--output", output);
    const { requests, several, projectDir } = await loadAll(overridesOf(flags), flags.config, {
      needsTargets: false,
      signal: this.signal,
    });
    if (output !== undefined && requests.length > 1) throw oneLayout(requests);
    const [only] = requests;
    if (output !== undefined && only) {
      await verifyNotBuiltFrom("--output", output, { build: only.build, projectDir });
    }
    using screen = this.openScreen(flags.quiet);
    const world = openWorld({
      projectDir,
      env,
      signal: this.signal,
      report: showProgress(screen, this.signal),
      ownFiles: [output],
    });
    const builds = await buildAll(requests, world, output);
    const built = several ? { format: 1 as const, builds } : (builds[0] as BuiltImage);
    this.log(buildsText(built, this.width));
    return built;
  }
}

function oneLayout(requests: readonly { readonly image: string }[]): SlipwayError {
  const message = `--output is for one image, and ${requests.length} are built`;
  return new SlipwayError("USAGE", message, {
    suggestions: [`slipway build --image ${requests[0]?.image} --output DIR`],
  });
}
