import { globSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "@oclif/core";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "..");

/**
 * Commands, arguments and flags are a promise to scripts: one that disappears or changes its kind fails
 * here. What is new is accepted by intent, with `vitest run test/surface.test.ts -u`.
 */
it("offers the commands, arguments and flags that it did", async () => {
  const files = globSync("commands/**/*.ts", { cwd: root }).sort();
  const surface = await Promise.all(files.map(surfaceOf));
  expect(surface.length).toBeGreaterThan(5);
  expect(surface).toMatchSnapshot();
});

it("lets no flag take more than the word after it: a version may follow", async () => {
  const all = await Promise.all(globSync("commands/**/*.ts", { cwd: root }).map(commandIn));
  const several = all.flatMap(({ flags }) =>
    Object.entries(flags).filter(([, flag]) => "multiple" in flag && flag.multiple),
  );
  expect(several.length).toBeGreaterThan(20);
  const greedy = several.filter(([, flag]) => !("multipleNonGreedy" in flag));
  expect(greedy.map(([name]) => name)).toEqual([]);
});

async function commandIn(file: string): Promise<Command.Class> {
  const { default: command }: { default: Command.Class } = await import(join(root, file));
  return command;
}

async function surfaceOf(file: string) {
  const command = await commandIn(file);
  const flags = { ...command.baseFlags, ...command.flags };
  return {
    command: file.replace(/^commands\/|\.ts$/g, "").replaceAll("/", " "),
    json: command.enableJsonFlag,
    args: Object.entries(command.args).map(
      ([name, { required }]) => `${name}${required ? " (required)" : ""}`,
    ),
    flags: Object.entries(flags)
      .map(([name, flag]) => {
        const several = "multiple" in flag && flag.multiple ? " (several)" : "";
        const value = flag.type === "boolean" ? "" : ` VALUE${several}`;
        return `--${name}${value}${flag.char ? ` (-${flag.char})` : ""}`;
      })
      .sort(),
  };
}
