import { lastOf, rootOf } from "../build.ts";
import { officialName } from "../image-name.ts";
import { type Install, installOf } from "../installs.ts";
import type { Instruction } from "../instruction.ts";
import type { Hit, Judged } from "../rule.ts";

const compilers =
  /^(?:gcc|g\+\+|clang|build-essential|build-base|make|cmake|autoconf|automake|rustc|cargo|golang(?:-go)?|maven|gradle|(?:default|openjdk-\d+)-jdk(?:-headless)?|openjdk\d+|gcc-c\+\+|python3?-dev|musl-dev|linux-headers|libc6-dev)(?:[-=~<>].*)?$/;
const removal =
  /^(?:apt-get|apt|apk|dnf|yum|microdnf)\b.*\b(?:purge|remove|autoremove|del|erase)\b/;
const toolImages =
  /^(?:golang|rust|maven|gradle|gcc|swift|haskell|dart|mcr\.microsoft\.com\/dotnet\/sdk)$/;
const jdk = /^(?:eclipse-temurin|amazoncorretto|openjdk|ibm-semeru-runtimes|sapmachine)$/;

const twoStages = "build in a stage of its own, and COPY --from it what runs";

/** An image to build upon has its tools on purpose: only what starts something of its own is judged. */
function startsSomething(judged: Judged): boolean {
  const started = [lastOf(judged, "ENTRYPOINT"), lastOf(judged, "CMD")].flatMap(
    (one) => one?.words ?? [],
  );
  return started.length > 1 || /^(?:\/|\.\/)/.test(started[0] ?? "");
}

/** https://docs.docker.com/build/building/best-practices/#use-multi-stage-builds */
export function compilerInImage(judged: Judged): readonly Hit[] {
  if (!startsSomething(judged)) return [];
  return [...baseWithTools(judged), ...installedTools(judged)];
}

function baseWithTools(judged: Judged): readonly Hit[] {
  const { base, from } = rootOf(judged);
  if (base.kind !== "image") return [];
  const { repository, tag = "" } = base;
  const name = officialName(repository) ?? repository;
  const isTool = toolImages.test(name) || (jdk.test(name) && /jdk/.test(tag));
  if (!isTool) return [];
  const message = `the image stands on ${repository}${tag && `:${tag}`}, which has compilers and build tools`;
  return [{ line: from.line, message, repair: twoStages }];
}

function installedTools({ chain, needed }: Judged): readonly Hit[] {
  return chain.flatMap(({ instructions }) =>
    instructions.flatMap((one) => {
      const tools = removes(one)
        ? []
        : one.commands.flatMap((command) => toolsOf(installOf(command)));
      if (tools.length === 0) return [];
      const message = `the image keeps ${[...new Set(tools)].join(", ")}`;
      return [
        {
          line: one.line,
          message,
          repair: twoStages,
          ...(needed.length > 1 && { level: "info" as const }),
        },
      ];
    }),
  );
}

function toolsOf(install: Install | undefined): readonly string[] {
  if (install === undefined || !["apt", "apk", "dnf"].includes(install.manager)) return [];
  return install.packages.filter((name) => compilers.test(name));
}

function removes({ commands }: Instruction): boolean {
  return commands.some(({ program, args }) => removal.test([program, ...args].join(" ")));
}

/**
 * npm's development dependencies stay in the image. One `npm prune` later takes them from what is seen.
 * https://docs.npmjs.com/cli/commands/npm-ci#omit
 */
export function devDependenciesInImage(judged: Judged): readonly Hit[] {
  if (judged.context?.hasDevDependencies === false || !startsSomething(judged)) return [];
  const commands = judged.chain.flatMap(({ instructions }) =>
    instructions.flatMap((one) => one.commands),
  );
  const isPruned = commands.some(
    ({ program, args }) =>
      /^(?:npm|pnpm|yarn)$/.test(program) &&
      /\bprune\b|\bfocus\b|--(?:production|omit=dev|prod)\b/.test(args.join(" ")),
  );
  if (isPruned) return [];
  return judged.chain.flatMap(({ instructions, scope }) => {
    if (scope.get("NODE_ENV") === "production") return [];
    return instructions.flatMap(({ line, commands: own }) => {
      const found = own.some((command) => keepsDev(installOf(command), command.assignments));
      if (!found) return [];
      return [
        {
          line,
          message: "the development dependencies of npm are in the image",
          repair: "npm ci --omit=dev in the stage that becomes the image; build in another",
        },
      ];
    });
  });
}

function keepsDev(install: Install | undefined, assignments: readonly string[]): boolean {
  if (install?.manager !== "npm" || install.packages.length > 0) return false;
  if (assignments.includes("NODE_ENV=production")) return false;
  return !install.flags.some((flag) =>
    /^(?:--omit=.*dev|--production|--only=prod|-g$|--global$)/.test(flag),
  );
}
