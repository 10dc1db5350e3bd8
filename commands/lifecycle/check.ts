import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../../src/cli/command.ts";
import { checkAnnotations, checkText } from "../../src/cli/lifecycle/check-text.ts";
import { readInput } from "../../src/cli/lifecycle/policy.ts";
import { type CheckedText, checkPolicyText } from "../../src/lifecycle/lint-text.ts";
import { readDescribedImages } from "../../src/retention/images-file.ts";

export default class LifecycleCheckCommand extends BaseCommand {
  static override summary = "check lifecycle policy files, offline";
  static override description =
    "Checks JSON or YAML policies against ECR's whole grammar, all mistakes at once, and warns of what is legal and almost surely wrong, with the rules to write instead. Asks nobody. Exit status 3 when there are mistakes, with --strict also for warnings.";
  static override examples = [
    "<%= config.bin %> lifecycle check lifecycle.json",
    "<%= config.bin %> lifecycle check policies/*.yaml --strict",
    "aws ecr describe-images --repository-name app > images.json && <%= config.bin %> lifecycle check lifecycle.json --against images.json",
  ];
  static override strict = false;
  static override args = {
    file: Args.string({ description: "policy files; - for stdin", required: true }),
  };
  static override flags = {
    against: Flags.string({
      description: "output of aws ecr describe-images, for warnings that need images",
      helpValue: "FILE",
    }),
    strict: Flags.boolean({ description: "refuse warnings too" }),
  };

  async run(): Promise<readonly CheckedText[]> {
    const { argv, flags } = await this.parse(LifecycleCheckCommand);
    const { against } = flags;
    const images =
      against === undefined
        ? undefined
        : readDescribedImages(await readInput(against, "USAGE"), `'${against}'`);
    const files = await Promise.all(
      argv.map(String).map(async (file) => {
        return checkPolicyText(await readInput(file, "LIFECYCLE_INVALID"), { file, images });
      }),
    );
    this.log(checkText(files));
    if (this.env.GITHUB_ACTIONS === "true") {
      for (const line of checkAnnotations(files)) this.annotate(line);
    }
    const isRefused = files.some(
      ({ mistakes, findings }) => mistakes.length > 0 || (flags.strict && findings.length > 0),
    );
    if (isRefused) this.refuse();
    return files;
  }
}
