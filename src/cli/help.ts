import { type Command, Help } from "@oclif/core";
import { tellUnknown } from "./unknown-command.ts";

/** oclif's help, by the name in package.json; of a command that is not there it speaks as we do. */
export class SlipwayHelp extends Help {
  override async showHelp(argv: string[]): Promise<void> {
    const end = argv.findIndex((word) => word.startsWith("-"));
    const words = end < 0 ? argv : argv.slice(0, end);
    const id = words.join(":");
    const [topic = ""] = words;
    const isKnown = this.config.commandIDs.some((one) => id === one || id.startsWith(`${one}:`));
    if (id === "" || isKnown || (words.length === 1 && this.config.findTopic(topic)))
      return await super.showHelp(argv);
    tellUnknown(id, this.config, argv.includes("--json"));
  }

  /** Wraps the line that oclif leaves as long as it is. */
  override formatRoot(): string {
    const [about = "", ...rest] = super.formatRoot().split("\n");
    return [this.wrap(about, 0), ...rest].join("\n");
  }

  protected override summary(command: Command.Loadable): string | undefined {
    const summary = super.summary(command);
    return summary && this.wrap(summary, 0);
  }
}
