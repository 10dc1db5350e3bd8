import type { SimulatedDay, Simulation } from "../lifecycle/simulate.ts";
import { bar, lineCharts } from "./chart.ts";
import { imageName, plural } from "./lifecycle-words.ts";
import { bold, dim, green, yellow } from "./style.ts";
import { columns, formatBytes } from "./units.ts";

const rowsShown = 30;
const leavingShown = 20;
const barWidth = 30;

/** A simulation for people: days as rows with a bar of the bytes, what goes when, where it ends. */
export function simulationText({ cadence, days, trend }: Simulation, name: string): string {
  const source =
    cadence.images === 0
      ? "nothing is pushed"
      : `${plural(cadence.images, "image")} every ${plural(cadence.days, "day")}, again and again`;
  return [
    `${bold(name)}  ${dim(source)}`,
    "",
    ...dayLines(days),
    "",
    ...leavingLines(days),
    trendLine(trend),
    dim("  Bytes count shared layers with every image; pulls to come are not known."),
  ].join("\n");
}

function dayLines(days: readonly SimulatedDay[]): string[] {
  const step = Math.max(1, Math.ceil((days.length - 1) / rowsShown));
  const shown = days.filter((_, at) => at % step === 0 || at === days.length - 1);
  const greatest = Math.max(...days.map(bytesOf));
  const rows = shown.map((one, at) => {
    const since = days.filter(({ day }) => day <= one.day && day > (shown[at - 1]?.day ?? -1));
    const sum = (of: (each: SimulatedDay) => number) =>
      since.reduce((all, each) => all + of(each), 0);
    const leaving = (fate: string) =>
      String(sum(({ departures }) => departures.filter((each) => each.fate === fate).length));
    return [
      String(one.day),
      one.at.slice(0, 10),
      `+${sum(({ pushed }) => pushed)}`,
      leaving("expires"),
      leaving("archived"),
      String(one.active.images),
      String(one.archived.images),
      formatBytes(bytesOf(one)),
      bar(bytesOf(one), greatest, barWidth),
    ];
  });
  const head = ["day", "date", "pushed", "expire", "archive", "images", "archived", "bytes", ""];
  return columns([head, ...withoutRepeats(rows)]);
}

/** Where nothing but the date differs, the first and the last row say it. */
function withoutRepeats(rows: readonly (readonly string[])[]): (readonly string[])[] {
  const isSame = (a: readonly string[] | undefined, b: readonly string[]) =>
    a?.slice(2).join(" ") === b.slice(2).join(" ");
  const repeats = rows.map((row, at) => isSame(rows[at - 1], row) && isSame(rows[at + 1], row));
  return rows.flatMap((row, at) => {
    if (!repeats[at]) return [row];
    return repeats[at - 1] ? [] : [["…", "the same"]];
  });
}

function bytesOf({ active, archived }: SimulatedDay): number {
  return active.bytes + archived.bytes;
}

/** Of the images of today, for those have names. */
function leavingLines(days: readonly SimulatedDay[]): string[] {
  const leaving = days.flatMap(({ day, at, departures }) =>
    departures
      .filter(({ isThereToday }) => isThereToday)
      .map((one) => [
        imageName(one),
        one.fate,
        day === 0 ? "now" : at.slice(0, 10),
        formatBytes(one.size),
        one.rule === undefined ? "with its subject" : `rule ${one.rule}`,
      ]),
  );
  if (leaving.length === 0) return ["  None of today's images goes.", ""];
  const more = leaving.length - leavingShown;
  return [
    "  of today's images",
    ...columns(leaving.slice(0, leavingShown), { indent: "    " }),
    ...(more > 0 ? [dim(`    and ${more} more; --json tells all`)] : []),
    "",
  ];
}

function trendLine(trend: Simulation["trend"]): string {
  if (trend.kind === "steady") {
    return green(
      `  From day ${trend.fromDay} on it stays at ${plural(trend.images, "image")}, ${formatBytes(trend.bytes)}.`,
    );
  }
  const { imagesPerDay, bytesPerDay } = trend;
  const direction = bytesPerDay < 0 ? "shrinks" : "grows";
  const images = Math.abs(imagesPerDay).toFixed(1);
  return yellow(
    `  At the end it still ${direction} by ${images} images, ${formatBytes(Math.abs(bytesPerDay))} a day; more --days may show where it ends.`,
  );
}

/** The same as a picture. */
export function simulationSvg({ days }: Simulation, name: string): string {
  const dates = [days[0]?.at.slice(0, 10) ?? "", days.at(-1)?.at.slice(0, 10) ?? ""] as const;
  const count = (value: number) => String(Math.round(value));
  return lineCharts(`${name} under its lifecycle policy`, dates, [
    { name: "bytes", color: "#0b6", values: days.map(bytesOf), show: formatBytes },
    { name: "images", color: "#06b", values: days.map(({ active }) => active.images), show: count },
    {
      name: "archived images",
      color: "#b60",
      values: days.map(({ archived }) => archived.images),
      show: count,
    },
  ]);
}
