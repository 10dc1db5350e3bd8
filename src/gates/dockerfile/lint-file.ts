import { resolve } from "node:path";
import type { BuildSpec } from "../../docker/build-spec.ts";
import { type BuildCheck, checkBuild, type Stop } from "../../docker/check.ts";
import { resolveImage } from "../../docker/image-digest.ts";
import { longestLine, tooLongLine } from "../../dockerfile/instruction.ts";
import { type LintFinding, lint, wantsContext } from "../../dockerfile/lint.ts";
import { finalImageCodes } from "../../dockerfile/rules.ts";
import { readDockerfile } from "../../dockerfile/stages.ts";
import type { GateSettings } from "../../release/gate.ts";
import type { GatePlace } from "../judge.ts";
import { offerDigests } from "./offer-digests.ts";
import { readContext } from "./read-context.ts";

/** What is to be looked at, and by which settings. */
export interface LintAsk {
  /** The Dockerfile's text. */
  readonly text: string;
  readonly spec: BuildSpec;
  readonly settings: GateSettings["dockerfile"];
  /** Whether registries are asked for the digests of base images that are not pinned. */
  readonly resolve: boolean;
  /** It is a part of another image, and is not asked what only that must have. */
  readonly isPart?: boolean;
}

type Place = Pick<GatePlace, "projectDir" | "env" | "signal">;

/** BuildKit's checks and our own rules, side by side, on one Dockerfile. Throws INTERRUPTED. */
export async function lintFile(ask: LintAsk, place: Place): Promise<readonly LintFinding[]> {
  const { text, spec, settings, isPart = false, resolve: isResolving } = ask;
  const tooLong = tooLongLine(text);
  if (tooLong !== undefined) {
    const message = `the line is longer than the ${longestLine} bytes that BuildKit takes`;
    return [unreadable(tooLong, message)];
  }
  const file = readDockerfile(text, {
    args: spec.args,
    contexts: Object.keys(spec.contexts),
  });
  const folder = resolve(place.projectDir, spec.context);
  const dockerfile = resolve(place.projectDir, spec.dockerfile);
  const [check, context] = await Promise.all([
    checkBuild({ spec, cwd: place.projectDir, env: place.env, signal: place.signal }),
    wantsContext(file) ? readContext(folder, dockerfile) : undefined,
  ]);
  const others = check.state === "checked" ? check.warnings.map(fromBuildKit) : undefined;
  const found = lint(file, {
    ...settings,
    target: spec.target,
    context,
    ...(others && { others }),
  });
  const asked = isPart ? found.filter(({ code }) => !finalImageCodes.includes(code)) : found;
  const all = [...aboutCheck(check, settings.ignore), ...asked];
  if (!isResolving) return all;
  const { env, signal } = place;
  const { builder } = spec;
  return await offerDigests(all, file, (name) => resolveImage(name, { builder, env, signal }));
}

function fromBuildKit({ rule, description, detail, url, line }: BuildCheckWarning): LintFinding {
  return {
    code: rule,
    level: "warning",
    line,
    message: detail,
    reason: description,
    repair: "as the page says",
    ...(url !== undefined && { url }),
  };
}

type BuildCheckWarning = Extract<BuildCheck, { state: "checked" }>["warnings"][number];

/** That BuildKit was not asked, or not to the end, is no defect of the file, unless it cannot be read. */
function aboutCheck(check: BuildCheck, ignored: readonly string[]): readonly LintFinding[] {
  const found = check.state === "missing" ? missing(check.why) : stopped(check.stopped);
  return found.filter(({ code }) => !ignored.includes(code));
}

function missing(why: string): readonly LintFinding[] {
  return [
    {
      code: "BUILDKIT_CHECKS_MISSING",
      level: "info",
      line: 1,
      message: why,
      reason: "BuildKit's own checks are not among these findings",
      repair:
        "install docker with the buildx plugin, 0.15 or later; where it is there, see that it answers: docker info",
    },
  ];
}

function unreadable(line: number, message: string): LintFinding {
  const reason = "BuildKit cannot read it: nothing can be built from it";
  return {
    ...{ code: "DOCKERFILE_UNREADABLE", level: "error", line },
    ...{ message, reason, repair: "correct the line" },
  };
}

function stopped(at: Stop | undefined): readonly LintFinding[] {
  if (at === undefined) return [];
  const { line, message } = at;
  if (at.unreadable) return [unreadable(line, message)];
  return [
    {
      code: "BUILDKIT_CHECKS_STOPPED",
      level: "info",
      line,
      message,
      reason: "BuildKit looked no further: some of its checks may be missing",
      repair: "correct the line, or log in to the registry of the base image",
    },
  ];
}
