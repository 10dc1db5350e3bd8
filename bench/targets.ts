import type { LinkLimits } from "../src/local/server.ts";
import { type Contestant, interleave, median, type Samples, warmUp } from "./measure.ts";
import { type Benchmark, MB, type Place } from "./place.ts";
import {
  type Built,
  contestant,
  makeBuilt,
  otherPublishers,
  type Publisher,
  slipwayPublisher,
} from "./publishers.ts";
import { compared, type Finding, type Report } from "./report.ts";

const rounds = 3;
const regions = ["us-east-1", "eu-west-1", "ap-south-1"];
const here = regions.slice(0, 1);
const large = { layers: 4, layerBytes: 37 * MB, floating: ["latest"] };
const many = { layers: 100, layerBytes: 4000, floating: ["latest"] };
/** As a good connection to a region is; each registry has a link of its own. */
const narrow = { bytesPerSecond: 50 * MB };
const far = { latencyMs: 20 };

export const targets: Benchmark = {
  name: "targets",
  title:
    "Publishing a layout: 300 MB to three registries, and 200 small layers over a latency of 20 ms",
  run: measureTargets,
};

async function measureTargets(place: Place): Promise<Report> {
  const read = { one: [] as number[], three: [] as number[] };
  const one = slipwayPublisher((bytes) => read.one.push(bytes));
  const three = slipwayPublisher((bytes) => read.three.push(bytes));
  const others = otherPublishers();
  const built = await makeBuilt(place, "large", large);
  await warmUp([contestant(built, one, { regions: here, link: {} })]);
  const compare = (link: LinkLimits, goals: Goals) =>
    compareThree(built, { one, three, others, link }, goals);
  const narrowly = await compare(narrow, { toOne: 1.15, toOthers: 0.45 });
  const bare = await compare({}, {});
  const layers = await makeBuilt(place, "many", many);
  const distant = await interleave(
    rounds,
    [slipwayPublisher(() => {}), ...others].map((publisher) =>
      contestant(layers, publisher, { regions: here, link: far }),
    ),
  );
  return {
    findings: [
      ...named(" over 50 MB/s", narrowly),
      ...named(" on loopback", bare),
      ...named(", 200 layers over 20 ms", against(distant, 1.0)),
    ],
    notes: [
      `slipway read ${megabytes(read.one)} from disk and sockets for one registry, ${megabytes(read.three)} for three`,
      ...(others.length > 0 ? [] : ["left out: skopeo, crane, regctl, oras: none is on PATH"]),
    ],
    gaps: [],
  };
}

interface Goals {
  readonly toOne?: number;
  readonly toOthers?: number;
}

interface Field {
  readonly one: Publisher;
  readonly three: Publisher;
  readonly others: readonly Publisher[];
  readonly link: LinkLimits;
}

async function compareThree(
  built: Built,
  { one, three, others, link }: Field,
  { toOne, toOthers }: Goals,
): Promise<Finding[]> {
  const to = (publisher: Publisher, regions: readonly string[]): Contestant =>
    contestant(built, publisher, { regions, link });
  const [alone = none, ...all] = await interleave(rounds, [
    to(one, here),
    ...[three, ...others].map((publisher) => to(publisher, regions)),
  ]);
  const [ours = none] = all;
  return [
    { ...alone, unit: "ms" },
    compared(ours, alone, toOne),
    ...against(all, toOthers).slice(1),
  ];
}

/** Ours first, then each other with what ours is of it. */
function against([ours = none, ...others]: readonly Samples[], goal?: number): Finding[] {
  return [
    { ...ours, unit: "ms" },
    ...others.flatMap((other): Finding[] => [
      { ...other, unit: "ms" },
      compared(ours, other, goal),
    ]),
  ];
}

const none: Samples = { what: "", values: [] };

function named(how: string, findings: readonly Finding[]): Finding[] {
  return findings.map((finding) => ({ ...finding, what: `${finding.what}${how}` }));
}

function megabytes(values: readonly number[]): string {
  return `${(median(values) / MB).toFixed(0)} MB`;
}
