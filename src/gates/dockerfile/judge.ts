import { readDockerfile } from "../../docker/context.ts";
import type { GateSettings, GateSubject, Judgement } from "../../release/gate.ts";
import type { GatePlace } from "../judge.ts";
import { lintFile } from "./lint-file.ts";

/** What the Dockerfile of a build has that it should not. A context that is not here is not looked at. */
export async function judgeDockerfile(
  settings: GateSettings["dockerfile"],
  { spec }: GateSubject,
  place: GatePlace,
): Promise<Judgement> {
  const text = await readDockerfile(place.projectDir, spec);
  if (text === undefined) {
    return { findings: [], summary: `${spec.dockerfile} is not on this machine` };
  }
  const resolve = settings.pin === "digest";
  const found = await lintFile({ text, spec, settings, resolve }, place);
  return {
    findings: found.map(({ line, ...finding }) => ({
      ...finding,
      place: `${spec.dockerfile}:${line}`,
    })),
    summary: spec.dockerfile,
  };
}
