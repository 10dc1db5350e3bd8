import type { Command } from "../commands.ts";
import { installOf, mountedApart } from "../installs.ts";
import type { Instruction } from "../instruction.ts";
import type { Hit, Judged } from "../rule.ts";
import { takesWholeContext } from "./copied.ts";

/** Commands that fetch what a project depends on, and need no more of it than its manifests. */
const fetching: readonly RegExp[] = [
  /^bundle install\b/,
  /^poetry install\b/,
  /^uv sync\b/,
  /^composer install\b/,
  /^go mod download\b/,
  /^cargo fetch\b/,
  /^dotnet restore\b/,
  /^(?:mvn|mvnw)\b.*\bdependency:(?:go-offline|resolve)\b/,
];

function isFetching(command: Command): boolean {
  const install = installOf(command);
  if (install !== undefined) {
    if (install.manager === "npm" && install.packages.length > 0) return false;
    if (install.manager === "pip")
      return install.flags.some((flag) => /^(?:-r|--requirement)/.test(flag));
    return !install.flags.some((flag) => /^--(?:offline|prefer-offline)$/.test(flag));
  }
  const line = [command.program, ...command.args].join(" ");
  return fetching.some((pattern) => pattern.test(line));
}

/**
 * Every change of the source makes the install run again. With a cache mount that costs little.
 * https://docs.docker.com/build/cache/optimize/#order-your-layers
 */
export function installAfterCopy({ needed }: Judged): readonly Hit[] {
  return needed.flatMap(({ instructions }) => {
    const whole = instructions.findIndex(takesWholeContext);
    const earlier = instructions.slice(0, Math.max(whole, 0)).flatMap(fetches);
    if (whole === -1 || earlier.length > 0) return [];
    const late = instructions
      .slice(whole + 1)
      .find((one) => mountedApart(one).length === 0 && fetches(one).length > 0);
    if (late === undefined) return [];
    const { program } = fetches(late)[0] ?? { program: "RUN" };
    return [
      {
        line: late.line,
        message: `${program} installs after the whole source was copied (line ${instructions[whole]?.line})`,
        repair: "copy the manifests and lock files alone, install, then COPY . .",
      },
    ];
  });
}

function fetches({ commands }: Instruction): readonly Command[] {
  return commands.filter(isFetching);
}
