import { Args } from "@oclif/core";
import { BaseCommand } from "../../src/cli/command.ts";
import { explanationText } from "../../src/cli/lifecycle/explain-text.ts";
import { oneScopeFlags } from "../../src/cli/lifecycle/flags.ts";
import {
  findImage,
  parseWantedImage,
  placeOf,
  placeText,
  readOne,
} from "../../src/cli/lifecycle/one-repository.ts";
import { type Explanation, explainImage } from "../../src/lifecycle/explain.ts";

export default class LifecycleExplainCommand extends BaseCommand {
  static override summary = "explain the fate of one image under a lifecycle policy";
  static override description =
    "Shows for every rule whether it selects the image, and why not; which rule claims it, what that does and when; and the smallest change of the policy that would keep it. Changes nothing.";
  static override examples = [
    "<%= config.bin %> lifecycle explain 1.4.0",
    "<%= config.bin %> lifecycle explain 123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1.4.0",
    "<%= config.bin %> lifecycle explain sha256:… --repository app --region eu-west-1 --policy lifecycle.json",
  ];
  // What oclif makes of it says of flags that take one value that they take several.
  static override usage =
    "<%= command.id %> IMAGE [--repository REPOSITORY] [--policy FILE] [FLAGS]";
  static override args = {
    image: Args.string({
      description: "a tag, (the beginning of) a digest, or a whole image reference",
      required: true,
    }),
  };
  static override flags = oneScopeFlags;

  async run(): Promise<(Explanation & ReturnType<typeof placeOf>) | undefined> {
    const { args, flags } = await this.parse(LifecycleExplainCommand);
    const wanted = parseWantedImage(args.image);
    const { repository, account, region } = wanted;
    const where = {
      ...flags,
      ...(repository !== undefined && { repository: [repository] }),
      ...(region !== undefined && { region: [region] }),
      ...(account !== undefined && { account }),
    };
    using screen = this.openScreen(flags.quiet);
    const one = await readOne(where, this.asking(screen));
    const { facts, policy } = one;
    const digest = findImage(facts, wanted);
    const explanation = explainImage(policy, facts.images, digest, facts.at);
    if (!explanation) return undefined;
    this.log(explanationText(explanation, { policy, place: placeText(one) }, this.width));
    return { ...placeOf(one), ...explanation };
  }
}
