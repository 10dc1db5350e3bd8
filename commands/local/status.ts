import { Flags } from "@oclif/core";
import { BaseCommand } from "../../src/cli/command.ts";
import { askStatus, endpointFrom } from "../../src/local/console/client.ts";
import type { LocalStatus } from "../../src/local/console/status.ts";
import { statusText } from "../../src/local/console/status-text.ts";

export default class LocalStatusCommand extends BaseCommand {
  static override summary = "show what a running local ECR holds";
  static override description =
    "Registries, repositories, images, tags and sizes. The same, image by image, is a web page at the address of its API.";
  static override examples = [
    "<%= config.bin %> local status",
    "<%= config.bin %> local status --json",
  ];
  static override flags = {
    endpoint: Flags.string({
      description: "address of the local ECR; AWS_ENDPOINT_URL_ECR by default",
      helpValue: "URL",
    }),
  };

  async run(): Promise<LocalStatus> {
    const { flags } = await this.parse(LocalStatusCommand);
    const status = await askStatus(endpointFrom(flags.endpoint, this.env.AWS_ENDPOINT_URL_ECR));
    this.log(statusText(status));
    return status;
  }
}
