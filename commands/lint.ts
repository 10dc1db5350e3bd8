import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../src/cli/command.ts";
import { buildFlags, overridesOf, targetFlags } from "../src/cli/flags.ts";
import { lintFiles } from "../src/cli/lint/files.ts";
import { sarifOf } from "../src/cli/lint/sarif.ts";
import { type LintedFile, lintAnnotations, lintText } from "../src/cli/lint/text.ts";

export default class LintCommand extends BaseCommand {
  static override summary = "check Dockerfiles before anything is built";
  static override description =
    "Runs BuildKit's own checks, and Slipway's for what those do not look at: secrets, root, base images, caches left in layers, what a .dockerignore lets through. Without FILE it checks every Dockerfile that slipway.yaml names, or ./Dockerfile. Nothing is built. Without docker only Slipway's own rules apply; build.bake needs docker. Exit status 3 when there are errors, with --strict also for warnings.";
  static override examples = [
    "<%= config.bin %> lint",
    "<%= config.bin %> lint services/*/Dockerfile --strict",
    "<%= config.bin %> lint --resolve",
    "<%= config.bin %> lint Dockerfile --target runtime --json",
    "<%= config.bin %> lint --format sarif > lint.sarif",
  ];
  static override strict = false;
  static override args = {
    file: Args.string({
      description: "Dockerfiles; by default those that slipway.yaml builds, or ./Dockerfile",
    }),
  };
  static override flags = {
    config: targetFlags.config,
    context: buildFlags.context,
    target: buildFlags.target,
    "build-arg": buildFlags["build-arg"],
    "build-context": buildFlags["build-context"],
    builder: buildFlags.builder,
    resolve: Flags.boolean({
      description: "ask registries for the digests of base images that are not pinned",
    }),
    strict: Flags.boolean({ description: "refuse warnings too" }),
    format: Flags.option({
      options: ["text", "sarif"] as const,
      default: "text" as const,
      description: "format of what is printed",
      helpValue: "text|sarif",
      exclusive: ["json"],
    })(),
  };

  async run(): Promise<readonly LintedFile[]> {
    const { argv, flags } = await this.parse(LintCommand);
    const files = await lintFiles({
      files: argv.map(String),
      overrides: overridesOf(flags),
      config: flags.config,
      resolve: flags.resolve,
      env: this.env,
      signal: this.signal,
    });
    if (flags.format === "sarif") {
      this.log(JSON.stringify(sarifOf(files, this.config.version), null, 2));
    } else {
      this.log(lintText(files, this.width));
      if (this.env.GITHUB_ACTIONS === "true") {
        for (const line of lintAnnotations(files)) this.annotate(line);
      }
    }
    const levels = files.flatMap(({ findings }) => findings.map(({ level }) => level));
    if (levels.includes("error") || (flags.strict && levels.includes("warning"))) this.refuse();
    return files;
  }
}
