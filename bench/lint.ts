import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Contestant, interleave, warmUp } from "./measure.ts";
import { type Benchmark, type Place, slipway } from "./place.ts";
import { run } from "./process.ts";
import { compared, type Report } from "./report.ts";

const rounds = 15;
const lines = 300;

export const lint: Benchmark = {
  name: "lint",
  title: `Linting a Dockerfile of ${lines} lines`,
  run: measureLint,
};

/** Without docker on PATH: how long BuildKit takes for its own checks is not ours. */
async function measureLint({ folder, signal }: Place): Promise<Report> {
  const cwd = join(folder, "project");
  mkdirSync(cwd);
  writeFileSync(join(cwd, "Dockerfile"), makeDockerfile());
  const env = { ...process.env, PATH: cwd, NODE_COMPILE_CACHE: join(folder, "warm") };
  const measured = (args: readonly string[]): Contestant => ({
    what: `slipway ${args.join(" ")}`,
    async run() {
      return (await run([...slipway, ...args], { cwd, env, signal })).milliseconds;
    },
  });
  const contestants = [measured(["--version"]), measured(["lint", "--json"])];
  await warmUp(contestants);
  const [bare = nothing, linted = nothing] = await interleave(rounds, contestants);
  const beyond = linted.values.map((value, at) => value - (bare.values[at] ?? 0));
  return {
    findings: [
      { ...bare, unit: "ms" },
      compared(linted, bare),
      { what: "beyond start-up", values: beyond, unit: "ms", goal: 150 },
    ],
    notes: [
      "docker is not on PATH: BuildKit's own checks take a process of their own, side by side",
    ],
    gaps: [],
  };
}

const nothing = { what: "", values: [] };

/** Stages in turn, each with long RUN instructions, heredocs and continuations. */
function makeDockerfile(): string {
  const stage = (at: number) => `FROM debian:13-slim AS stage-${at}
# what this stage is for
RUN set -eux; \\
	apt-get update; \\
# a comment amid the instruction
	apt-get install -y --no-install-recommends ca-certificates curl; \\
	rm -rf /var/lib/apt/lists/*
RUN <<END
set -eu
for name in one two three; do
  echo "$name" >> /etc/names
done
END
ENV VERSION_${at}=1.${at}.0 PATH=/opt/${at}/bin:$PATH
${at === 0 ? "" : `COPY --from=stage-${at - 1} /etc/names /etc/names-${at}`}
`;
  const text = Array.from({ length: 30 }, (_, at) => stage(at)).join("");
  const rows = text.split("\n").slice(0, lines - 2);
  return [...rows, "USER 10001", 'CMD ["/bin/true"]', ""].join("\n");
}
