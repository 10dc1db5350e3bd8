import type { Finding, FindingLevel } from "../../release/gate.ts";
import { advice, type ContentsCode } from "./advice.ts";

/** Something that was found on one platform. */
export interface Remark {
  readonly code: ContentsCode;
  readonly level: FindingLevel;
  /** `layer 3 /etc/key.pem`, `config user`. */
  readonly where: string;
  readonly message: string;
}

/** More of one kind are counted, and not told one by one. */
const toldOfEach = 12;

const weight: Readonly<Record<FindingLevel, number>> = { error: 0, warning: 1, info: 2 };

/** Findings from what was found on each platform: what several share is told once; the worst first. */
export function findingsOf(
  platforms: readonly { readonly platform: string; readonly remarks: readonly Remark[] }[],
): Finding[] {
  const shared = new Map<string, { remark: Remark; platforms: string[] }>();
  for (const { platform, remarks } of platforms) {
    for (const remark of remarks) {
      const key = JSON.stringify(remark);
      const had = shared.get(key) ?? { remark, platforms: [] };
      shared.set(key, had);
      if (!had.platforms.includes(platform)) had.platforms.push(platform);
    }
  }
  const all = [...shared.values()].map((one) => findingOf(one.remark, one.platforms));
  const groups = Map.groupBy(all, ({ code, level }) => `${code} ${level}`);
  return [...groups.values()].flatMap(shortened).sort((a, b) => weight[a.level] - weight[b.level]);
}

function findingOf({ code, level, where, message }: Remark, platforms: readonly string[]): Finding {
  return { code, level, place: `${platforms.join(", ")} ${where}`, message, ...advice[code] };
}

function shortened(findings: readonly Finding[]): Finding[] {
  const [first] = findings;
  const more = findings.length - toldOfEach;
  if (more <= 1 || first === undefined) return [...findings];
  const rest = { ...first, place: "elsewhere", message: `${more} more of the same` };
  return [...findings.slice(0, toldOfEach), rest];
}
