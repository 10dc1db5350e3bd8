import { principalKey } from "../../aws/credentials.ts";
import type { InUseSession, Running } from "../../in-use/session.ts";
import { watchFor } from "../../release/event.ts";
import type { TargetRequest } from "../../release/request.ts";
import type { GuardSettings, InUseSource } from "../../retention/guards.ts";
import { referencesOf } from "../../retention/in-use.ts";
import { type EcrOf, placeId } from "../../retention/places.ts";
import { plural } from "../../wording.ts";
import { agentsFor } from "../network.ts";
import { withEnvironment } from "../principal.ts";
import type { Asking } from "../world.ts";

export interface RunningOptions {
  readonly targets: readonly TargetRequest[];
  readonly ecrOf: EcrOf;
  readonly asking: Asking;
  /** Takes a line for each service that was asked: where, and how much was looked at. */
  readonly say: (line: string) => void;
}

/** The settings with what ECS and Lambda run, where the settings ask for it, at every target once. */
export async function withRunning(
  guards: GuardSettings,
  { targets, ecrOf, asking, say }: RunningOptions,
): Promise<GuardSettings> {
  const { inUseFrom = [] } = guards;
  if (inUseFrom.length === 0) return guards;
  const agents = agentsFor(process.env);
  const inUse = new Set(guards.inUse);
  // One after the other: each has several questions under way already.
  for (const target of new Map(targets.map((one) => [principalKey(one), one])).values()) {
    const { account } = await ecrOf(target).identity();
    const where = placeId({ region: target.region, account });
    const principal = withEnvironment(target);
    for (const source of new Set(inUseFrom)) {
      const watch = watchFor(target.region, asking.report);
      const running = await askers[source]({ principal, agents, signal: asking.signal, ...watch });
      const references = referencesOf(running.documents, source);
      for (const reference of references) inUse.add(reference);
      const images = plural(references.length, "image reference");
      say(`${names[source]} at ${where} runs ${images}: ${running.counted.join(", ")}`);
    }
  }
  return { ...guards, inUse: [...inUse] };
}

const names: Readonly<Record<InUseSource, string>> = { ecs: "ECS", lambda: "Lambda" };

/** Loaded when they are asked for: no other command starts slower for the SDK of two more services. */
const askers: Readonly<Record<InUseSource, (session: InUseSession) => Promise<Running>>> = {
  async ecs(session) {
    const { askEcs } = await import("../../in-use/ecs.ts");
    return await askEcs(session);
  },
  async lambda(session) {
    const { askLambda } = await import("../../in-use/lambda.ts");
    return await askLambda(session);
  },
};
