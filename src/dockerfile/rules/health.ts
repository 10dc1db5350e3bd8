import { lastOf } from "../build.ts";
import type { Hit, Judged } from "../rule.ts";

/**
 * It listens, and nothing says whether it answers. `HEALTHCHECK NONE` is an answer. Not more than a word:
 * Kubernetes and Amazon ECS look at probes of their own.
 * https://docs.docker.com/reference/dockerfile/#healthcheck
 */
export function healthcheckMissing(judged: Judged): readonly Hit[] {
  const expose = lastOf(judged, "EXPOSE");
  if (expose === undefined || lastOf(judged, "HEALTHCHECK") !== undefined) return [];
  const ports = expose.words.join(" ");
  return [
    {
      line: expose.line,
      message: `it exposes ${ports} and has no HEALTHCHECK`,
      repair: 'HEALTHCHECK CMD ["…"], or HEALTHCHECK NONE where the orchestrator probes',
    },
  ];
}
