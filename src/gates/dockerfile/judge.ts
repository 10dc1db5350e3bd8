import { type BuildSpec, type LinkedTarget, sourcesOf } from "../../docker/build-spec.ts";
import { readDockerfile } from "../../docker/context.ts";
import type { Finding, GateSettings, GateSubject, Judgement } from "../../release/gate.ts";
import type { GatePlace } from "../judge.ts";
import { lintFile } from "./lint-file.ts";

/**
 * What the Dockerfile of a build has that it should not, and those of the targets that it is linked to, which are
 * not asked what only an image must have. A context that is not here is not looked at.
 */
export async function judgeDockerfile(
  settings: GateSettings["dockerfile"],
  { spec }: GateSubject,
  place: GatePlace,
): Promise<Judgement> {
  const judged = await Promise.all(
    sourcesOf(spec).map(async (source) => ({
      dockerfile: source.dockerfile,
      found: await findIn(source, spec, settings, place),
    })),
  );
  const found = judged.flatMap((one) => one.found ?? []);
  const files = new Set(
    judged.map(({ dockerfile, found }) =>
      found ? dockerfile : `${dockerfile} is not on this machine`,
    ),
  );
  return {
    findings: [...new Map(found.map((one) => [JSON.stringify(one), one])).values()],
    summary: [...files].join(", "),
  };
}

async function findIn(
  source: LinkedTarget,
  spec: BuildSpec,
  settings: GateSettings["dockerfile"],
  place: GatePlace,
): Promise<readonly Finding[] | undefined> {
  const text = await readDockerfile(place.projectDir, source);
  if (text === undefined) return undefined;
  const resolve = settings.pin === "digest";
  const isPart = source !== spec;
  const ask = { text, spec: { ...spec, ...source }, settings, isPart, resolve };
  const found = await lintFile(ask, place);
  return found.map(({ line, ...finding }) => ({
    ...finding,
    place: `${source.dockerfile}:${line}`,
  }));
}
