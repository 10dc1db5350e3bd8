import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../src/cli/command.ts";
import { findImage, nextTo, openingOnce } from "../src/cli/find-image.ts";
import { targetFlags } from "../src/cli/flags.ts";
import { inspectionText } from "../src/cli/inspection/image-text.ts";
import { showProgress } from "../src/cli/publishing/progress.ts";
import { type Inspection, inspectImage } from "../src/inspection/read.ts";
import { parseImageName } from "../src/oci/reference.ts";

export default class InspectCommand extends BaseCommand {
  static override summary = "show what an image is made of, and what changed since another";
  static override description =
    "Platforms, layers with their sizes and the instruction that made each, settings, labels, annotations, attestations and what refers to the image. Reads manifests and configs, never layers. With --against: what is new, what changed, and what somebody who has the other image must pull. Values of variables that are named like a secret are not shown.";
  static override examples = [
    "<%= config.bin %> inspect 1.4.0",
    "<%= config.bin %> inspect 1.4.0 --against 1.3.0",
    "<%= config.bin %> inspect 123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:1.4.0",
    "<%= config.bin %> inspect oci:build/image --against latest --json",
  ];
  static override args = {
    ref: Args.string({
      description:
        "a version, a tag or (the beginning of) a digest of the image at the first target, REPOSITORY:TAG, a whole reference, or oci:PATH for a layout on disk",
      required: true,
    }),
  };
  static override flags = {
    against: Flags.string({
      description:
        "image to compare it with; a tag or digest alone is looked up in the same repository",
      helpValue: "REF",
    }),
    ...targetFlags,
  };

  async run(): Promise<Inspection> {
    const { args, flags } = await this.parse(InspectCommand);
    const name = parseImageName(args.ref);
    const other =
      flags.against === undefined ? undefined : nextTo(parseImageName(flags.against), name);
    using screen = this.openScreen(flags.quiet);
    const report = showProgress(screen, this.signal);
    const { env, signal } = this;
    const around = { flags, open: openingOnce({ env, signal, report }) };
    const [image, against] = await Promise.all([
      findImage(name, around),
      other && findImage(other, around),
    ]);
    const inspection = await inspectImage(image, against);
    this.log(inspectionText(inspection, this.width));
    return inspection;
  }
}
