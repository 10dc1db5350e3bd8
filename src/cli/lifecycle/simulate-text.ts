import type { SimulatedDay, Simulation } from "../../lifecycle/simulate.ts";
import { plural } from "../../wording.ts";
import { bar, lineCharts } from "../terminal/chart.ts";
import { bold, dim, green, yellow } from "../terminal/style.ts";
import { columns, formatBytes, greatestOf, paragraph } from "../terminal/units.ts";
import { imageName } from "./words.ts";

const rowsShown = 30;
const leavingShown = 20;
const longestBar = 30;
/** A shorter one tells less than the figure beside it. */
const shortestBar = 5;

/** A simulation for people: days as rows with a bar of the bytes, what goes when, where it ends. */
export function simulationText(
  { cadence, days, trend }: Simulation,
  place: string,
  width?: number,
): string {
  const source =
    cadence.images === 0
      ? "nothing is pushed"
      : `${plural(cadence.images, "image")} every ${plural(cadence.days, "day")}, again and again`;
  return [
    ...paragraph(place, width, bold, ""),
    ...paragraph(source, width, dim),
    "",
    ...dayLines(days, width),
    "",
    ...leavingLines(days, width),
    ...paragraph(trendText(trend), width, trend.kind === "steady" ? green : yellow),
    ...paragraph(
      "Bytes count shared layers with every image; pulls to come are not known.",
      width,
      dim,
    ),
  ].join("\n");
}

function dayLines(days: readonly SimulatedDay[], width = Number.POSITIVE_INFINITY): string[] {
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
    ];
  });
  const head = ["day", "date", "pushed", "expire", "archive", "images", "archived", "bytes"];
  const figures = columns([head, ...rows]);
  const room = Math.min(longestBar, width - greatestOf(figures.map(({ length }) => length)) - 2);
  const barOf = (one: SimulatedDay) =>
    room < shortestBar ? "" : bar(bytesOf(one), greatest, room);
  const pictured = rows.map((row, at) => [...row, barOf(shown[at] as SimulatedDay)]);
  return columns([[...head, ""], ...withoutRepeats(pictured)]);
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

/** Of the images of today, for those have names; last the name, which may be long. */
function leavingLines(days: readonly SimulatedDay[], width?: number): string[] {
  const leaving = days.flatMap(({ day, at, departures }) =>
    departures
      .filter(({ isThereToday }) => isThereToday)
      .map((one) => [
        one.fate,
        day === 0 ? "now" : at.slice(0, 10),
        formatBytes(one.size),
        takenBy(one),
        imageName(one),
      ]),
  );
  if (leaving.length === 0) return ["  None of today's images goes.", ""];
  const more = leaving.length - leavingShown;
  const counts = [...Map.groupBy(leaving, ([, , , by]) => by)].map(
    ([by, each]) => `${each.length} ${by}`,
  );
  return [
    "  of today's images",
    ...columns(leaving.slice(0, leavingShown), {
      indent: "    ",
      width,
    }),
    ...(more > 0
      ? paragraph(
          `and ${more} more; in all ${counts.join(", ")}; --json tells all`,
          width,
          dim,
          "    ",
        )
      : []),
    "",
  ];
}

function takenBy({ rule }: { readonly rule?: number | undefined }): string {
  return rule === undefined ? "with the subject" : `by rule ${rule}`;
}

function trendText(trend: Simulation["trend"]): string {
  if (trend.kind === "steady") {
    return `From day ${trend.fromDay} on it stays at ${plural(trend.images, "image")}, ${formatBytes(trend.bytes)}.`;
  }
  const { imagesPerDay, bytesPerDay } = trend;
  // Nothing went or came of late, and the time of some image is still to come.
  if (imagesPerDay === 0 && bytesPerDay === 0) {
    return "At the end it has not settled yet; more --days may show where it ends.";
  }
  const direction = bytesPerDay < 0 ? "shrinks" : "grows";
  const images = Math.abs(imagesPerDay).toFixed(1);
  return `At the end it still ${direction} by ${images} images, ${formatBytes(Math.abs(bytesPerDay))} a day; more --days may show where it ends.`;
}

/** The same as a picture; of archived images only where there are any. */
export function simulationSvg({ days }: Simulation, name: string): string {
  const dates = [days[0]?.at.slice(0, 10) ?? "", days.at(-1)?.at.slice(0, 10) ?? ""] as const;
  const count = (value: number) => String(Math.round(value));
  const active = days.map((day) => day.active.images);
  const archived = days.map((day) => day.archived.images);
  return lineCharts(`${name} under its lifecycle policy`, dates, [
    { name: "bytes", color: "#0b6", values: days.map(bytesOf), show: formatBytes },
    { name: "images", color: "#06b", values: active, show: count },
    ...(greatestOf(archived) === 0
      ? []
      : [{ name: "archived images", color: "#b60", values: archived, show: count }]),
  ]);
}
