import { installOf } from "../installs.ts";
import type { Instruction } from "../instruction.ts";
import type { Hit, Judged } from "../rule.ts";

const system = new Set(["apt", "apk", "dnf"]);

function managerOf({ commands }: Instruction): string | undefined {
  const managers = commands.flatMap((command) => installOf(command)?.manager ?? []);
  return managers.find((manager) => system.has(manager));
}

/**
 * Two RUN in a row that install packages of the system: one layer, one update and one clean-up would do.
 * https://docs.docker.com/build/building/best-practices/#minimize-the-number-of-layers
 */
export function installsApart({ chain }: Judged): readonly Hit[] {
  return chain.flatMap(({ instructions }) =>
    instructions.flatMap((one, at) => {
      const before = instructions[at - 1];
      const manager = managerOf(one);
      if (manager === undefined || before === undefined || managerOf(before) !== manager) return [];
      return [
        {
          line: one.line,
          message: `it installs packages right after the RUN of line ${before.line} did`,
          repair: "put both into one RUN, with one update and one clean-up",
        },
      ];
    }),
  );
}
